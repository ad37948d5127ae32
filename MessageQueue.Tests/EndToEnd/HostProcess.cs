using System.Reflection;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>The real console host, as a process of its own.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private const string ListeningOn = "Listening on ";

    private readonly ChildProcess _process;

    private HostProcess(ChildProcess process) => _process = process;

    /// <summary>Where it listens, as <c>http://127.0.0.1:41234</c>. Empty until it does.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>What it wrote to standard output.</summary>
    public ProcessOutput Output => _process.Output;

    /// <summary>What it wrote to standard error.</summary>
    public ProcessOutput Error => _process.Error;

    private static string DotNet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    // The host's own output, not the copy beside the tests: it is what users run. Built by the tests' reference to the project.
    private static string Assembly => RepositoryRoot.Combine(
        "MessageQueue.Host", "bin", typeof(HostProcess).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration,
        $"net{Environment.Version.Major}.{Environment.Version.Minor}", "MessageQueue.Host.dll");

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

    /// <summary>The same with another program between: a debugger, say.</summary>
    public static async Task<HostProcess> StartUnderAsync(IReadOnlyList<string> program, string dataDirectory, params IEnumerable<string> arguments)
    {
        HostProcess host = new(ChildProcess.Start(
            program[0], [.. program.Skip(1), DotNet, Assembly, "--url", "http://127.0.0.1:0", "--data", dataDirectory, .. arguments]));
        await host.WaitUntilListeningAsync();
        return host;
    }

    /// <summary>Starts the host with exactly these arguments and waits for nothing.</summary>
    public static HostProcess Launch(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? workingDirectory = null) =>
        new(ChildProcess.Start(DotNet, [Assembly, .. arguments], environment, workingDirectory));

    /// <summary>Waits for its banner.</summary>
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

    /// <summary>SIGKILL.</summary>
    public Task<int> KillAsync()
    {
        _process.Kill();
        return ExitAsync();
    }

    /// <summary>SIGTERM.</summary>
    public Task<int> TerminateAsync()
    {
        _process.Send(PosixSignal.Terminate);
        return ExitAsync();
    }

    /// <summary>SIGINT, as Ctrl-C sends it.</summary>
    public void Interrupt() => _process.Send(PosixSignal.Interrupt);

    /// <summary>Its exit code, once it has ended.</summary>
    public Task<int> ExitAsync() => _process.ExitAsync();

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
