using MessageQueue.Tests.Infrastructure;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>
/// A server in this process, on a real socket and a free port, that allows everything. It stores in memory, unless it gets a directory.
/// A test fails if its server logs an error.
/// </summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly MessageQueueServer _server;
    private readonly ErrorRecorder _errors;
    private readonly ILoggerFactory _loggers;

    private TestServer(MessageQueueServer server, ErrorRecorder errors, ILoggerFactory loggers)
    {
        _server = server;
        _errors = errors;
        _loggers = loggers;
    }

    /// <summary>Where it listens.</summary>
    public string Url => _server.Url;

    /// <summary>The server.</summary>
    public MessageQueueServer Server => _server;

    /// <summary>The errors that it has logged.</summary>
    public IReadOnlyCollection<string> Errors => _errors.Errors;

    /// <summary>Whether the test expects logged errors.</summary>
    public bool ToleratesErrors { get; set; }

    public static Task<TestServer> StartAsync(Action<MessageQueueOptions>? configure = null) => HandlingAsync(static _ => { }, configure);

    /// <summary>Starts a server with handlers.</summary>
    public static async Task<TestServer> HandlingAsync(Action<MessageQueueServer> handle, Action<MessageQueueOptions>? configure = null)
    {
        ErrorRecorder errors = new();
        ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddProvider(errors));
        MessageQueueOptions options = new() { Url = "http://127.0.0.1:0", Durability = Durability.Memory };
        options.AllowEverything();
        configure?.Invoke(options);
        return new TestServer(await MessageQueueServer.StartAsync(options, handle, loggers).OrTimeout(), errors, loggers);
    }

    /// <summary>Starts a server that stores in a directory. Another server can start on the same directory later.</summary>
    public static Task<TestServer> StartAsync(
        TemporaryDirectory data, Action<MessageQueueOptions>? configure = null) => StartAsync(options =>
    {
        options.Durability = Durability.Fsync;
        options.DataDirectory = data.FullName;
        configure?.Invoke(options);
    });

    /// <summary>Starts a server with handlers that stores in a directory.</summary>
    public static Task<TestServer> HandlingAsync(
        TemporaryDirectory data, Action<MessageQueueServer> handle) => HandlingAsync(handle, options =>
    {
        options.Durability = Durability.Fsync;
        options.DataDirectory = data.FullName;
        // Such tests have handlers that never finish.
        options.HandlerStopTimeout = TimeSpan.Zero;
    });

    /// <summary>Connects and waits for the welcome.</summary>
    public Task<EventClient> ConnectAsync(string query = "", string ns = "/") => EventClient.ConnectAsync(Url + ns, query);

    /// <summary>Connects only.</summary>
    public Task<EventClient> OpenAsync(string query = "", string ns = "/") => EventClient.OpenAsync(Url + ns, query);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync().OrTimeout();
        _loggers.Dispose();
        if (!ToleratesErrors)
        {
            _errors.Errors.Should().BeEmpty("nothing that went wrong should be left unexpected");
        }
    }
}
