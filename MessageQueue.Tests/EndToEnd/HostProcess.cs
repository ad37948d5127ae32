using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>The real console host, as a process of its own.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private const string ListeningOn = "Listening on ";

    private readonly ChildProcess _process;

    private HostProcess(ChildProcess process) => _process = process;

    /// <summary>The address on which it listens, such as <c>http://127.0.0.1:41234</c>. Empty until it listens.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>The standard output of the process.</summary>
    public ProcessOutput Output => _process.Output;

    /// <summary>The standard error of the process.</summary>
    public ProcessOutput Error => _process.Error;

    private static string DotNet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    private static string Assembly => BuildOutput.Of("MessageQueue.Host");

    /// <summary>Starts the host on a free port and waits until it listens.</summary>
    public static async Task<HostProcess> StartAsync(string dataDirectory, params IEnumerable<string> arguments)
    {
        HostProcess host = Launch(["--url", "http://127.0.0.1:0", "--data", dataDirectory, .. arguments]);
        try
        {
            await host.WaitUntilListeningAsync();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the host under another program, such as a debugger, and waits until it listens.</summary>
    public static async Task<HostProcess> StartUnderAsync(
        IReadOnlyList<string> program, string dataDirectory, params IEnumerable<string> arguments)
    {
        HostProcess host = new(ChildProcess.Start(
            program[0], [.. program.Skip(1), DotNet, Assembly, "--url", "http://127.0.0.1:0", "--data", dataDirectory, .. arguments]));
        await host.WaitUntilListeningAsync();
        return host;
    }

    /// <summary>Starts the host with exactly these arguments, without waiting until it listens.</summary>
    public static HostProcess Launch(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? workingDirectory = null) =>
        new(ChildProcess.Start(DotNet, [Assembly, .. arguments], environment, workingDirectory));

    /// <summary>Waits until the host has printed its banner.</summary>
    public async Task WaitUntilListeningAsync()
    {
        try
        {
            string line = await Output.NextAsync(line => line.StartsWith(ListeningOn, StringComparison.Ordinal), $"\"{ListeningOn}…\"");
            Url = line[ListeningOn.Length..];
        }
        catch (EndOfStreamException exception)
        {
            int code = await ExitAsync();
            throw new InvalidOperationException($"The host ended with {code} before it listened. It said:\n{Error}\n{Output}", exception);
        }
    }

    /// <summary>Writes to the standard input of the process, and closes it.</summary>
    public Task WriteAndEndAsync(string text) => _process.WriteAndEndAsync(text);

    /// <summary>Sends SIGKILL.</summary>
    public Task<int> KillAsync()
    {
        _process.Kill();
        return ExitAsync();
    }

    /// <summary>Sends SIGTERM.</summary>
    public Task<int> TerminateAsync()
    {
        _process.Send(PosixSignal.Terminate);
        return ExitAsync();
    }

    /// <summary>Sends SIGINT, as Ctrl-C does.</summary>
    public void Interrupt() => _process.Send(PosixSignal.Interrupt);

    /// <summary>Waits until the process has ended and returns its exit code.</summary>
    public Task<int> ExitAsync() => _process.ExitAsync();

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
