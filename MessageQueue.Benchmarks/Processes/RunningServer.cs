using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using MessageQueue.Benchmarks.Generator;

namespace MessageQueue.Benchmarks.Processes;

/// <summary>A server's process, pinned, with a directory of its own that goes with it. Its output is kept for error messages.</summary>
internal sealed class RunningServer : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly List<RunningServer> All = [];

    private readonly Func<int, string, ServerCommand> _command;
    private readonly string _cores;
    private readonly string _directory = Directory.CreateTempSubdirectory("mq-compare-").FullName;
    private Process _process;
    private AllocationProbe? _probe;

    private RunningServer(Func<int, string, ServerCommand> command, string cores)
    {
        _command = command;
        _cores = cores;
        Port = FreePort();
        lock (All)
        {
            All.Add(this);
        }

        _process = Launch(isMeasured: true);
    }

    /// <summary>Where it listens, on the loopback address.</summary>
    public int Port { get; }

    /// <summary>When the process was started, by the clock of <see cref="Stopwatch"/>.</summary>
    public long StartedAt { get; private set; }

    /// <summary>Starts a server, and returns when it listens.</summary>
    /// <param name="command">The command, from the port and the directory.</param>
    /// <param name="cores">The cores that it may use.</param>
    /// <exception cref="PeerException">It did not start.</exception>
    public static RunningServer Start(Func<int, string, ServerCommand> command, string cores)
    {
        RunningServer server = new(command, cores);
        try
        {
            server.WaitUntilListening();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Kills all that run: for a comparison that is interrupted.</summary>
    public static void KillAll()
    {
        lock (All)
        {
            foreach (RunningServer server in All)
            {
                server.Kill();
            }
        }
    }

    /// <summary>Reads what the process has used since its start.</summary>
    public ProcessFigures ReadFigures() => ProcessFigures.Read(_process.Id, _probe?.Read());

    /// <summary>Returns how long ago the process was started.</summary>
    public TimeSpan Age => Stopwatch.GetElapsedTime(StartedAt);

    /// <summary>Kills the process (SIGKILL), and waits until it is gone.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.WaitForExit();
    }

    /// <summary>Starts the process again on the same port and directory, and returns at once.</summary>
    public void Restart() => _process = Launch(isMeasured: false);

    /// <exception cref="PeerException">The process has ended.</exception>
    public void ThrowIfExited()
    {
        if (_process.HasExited)
        {
            string output = File.Exists(LogFile) ? File.ReadAllText(LogFile).Trim() : "";
            throw new PeerException($"the server ended with {_process.ExitCode}: {output[^Math.Min(output.Length, 500)..]}");
        }
    }

    public void Dispose()
    {
        Kill();
        lock (All)
        {
            All.Remove(this);
        }

        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private string LogFile => Path.Combine(_directory, "server.log");

    private Process Launch(bool isMeasured)
    {
        string data = Directory.CreateDirectory(Path.Combine(_directory, "data")).FullName;
        ServerCommand command = _command(Port, data);
        // The shell is replaced by taskset, and that by the server: there is one process.
        string[] arguments = ["-c", "exec \"$@\" > \"$0\" 2>&1 < /dev/null", LogFile, .. Cores.Pin(_cores), .. command.Arguments];
        ProcessStartInfo start = new("/bin/sh", arguments)
        {
            WorkingDirectory = _directory,
        };
        // Settings of a developer's own host.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("MESSAGEQUEUE_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        _probe = command.IsDotNet && isMeasured ? new AllocationProbe(Path.Combine(_directory, "probe")) : null;
        _probe?.AddTo(start.Environment);
        StartedAt = Stopwatch.GetTimestamp();
        return Process.Start(start)!;
    }

    private void WaitUntilListening()
    {
        while (!Listens())
        {
            ThrowIfExited();
            if (Age > StartLimit)
            {
                throw new PeerException($"the server does not listen {StartLimit.TotalSeconds:0} s after its start");
            }

            Thread.Sleep(10);
        }
    }

    private bool Listens()
    {
        try
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
