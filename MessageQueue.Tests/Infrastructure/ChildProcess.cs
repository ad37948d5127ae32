using System.Diagnostics;

namespace MessageQueue.Tests.Infrastructure;

/// <summary>A process that a test started. It ends with the test at the latest.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task _pumps;

    private ChildProcess(Process process)
    {
        _process = process;
        _pumps = Task.WhenAll(Output.PumpAsync(process.StandardOutput), Error.PumpAsync(process.StandardError));
    }

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Its standard output.</summary>
    public ProcessOutput Output { get; } = new();

    /// <summary>Its standard error.</summary>
    public ProcessOutput Error { get; } = new();

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Starts a process with streams of its own: it must not meet the terminal or the input of the test run.</summary>
    /// <param name="file">The executable, looked for in PATH.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables to set.</param>
    /// <param name="workingDirectory">Where it runs; null for where the tests do.</param>
    public static ChildProcess Start(
        string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null,
        string? workingDirectory = null)
    {
        ProcessStartInfo info = new(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? "",
        };
        // Variables that a developer has set for another host.
        foreach (string name in info.Environment.Keys.Where(name => name.StartsWith("MESSAGEQUEUE_", StringComparison.Ordinal)).ToList())
        {
            info.Environment.Remove(name);
        }

        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            info.Environment[name] = value;
        }

        return new ChildProcess(Process.Start(info)!);
    }

    /// <summary>Writes to the standard input of the process.</summary>
    public async Task WriteAsync(string text)
    {
        await _process.StandardInput.WriteAsync(text);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Writes to the standard input of the process, and closes it.</summary>
    public async Task WriteAndEndAsync(string text)
    {
        await WriteAsync(text);
        _process.StandardInput.Close();
    }

    /// <summary>Waits until the process has ended and its output is complete, and returns its exit code.</summary>
    /// <param name="limit">How long to wait, for processes that work longer than others; null for the usual time.</param>
    public async Task<int> ExitAsync(TimeSpan? limit = null)
    {
        await _process.WaitForExitAsync().WaitAsync(limit ?? Timeouts.Limit);
        await _pumps.OrTimeout();
        return _process.ExitCode;
    }

    /// <summary>Sends a signal, unless it has ended by itself.</summary>
    public void Send(int signal)
    {
        if (!_process.HasExited)
        {
            PosixSignal.Send(_process.Id, signal);
        }
    }

    /// <summary>Sends SIGKILL, so that the process cannot do anything before it ends.</summary>
    /// <param name="withDescendants">Whether to kill the processes that it started as well.</param>
    public void Kill(bool withDescendants = false) => _process.Kill(withDescendants);

    public async ValueTask DisposeAsync()
    {
        Kill(withDescendants: true);
        await ExitAsync();
        _process.Dispose();
    }
}
