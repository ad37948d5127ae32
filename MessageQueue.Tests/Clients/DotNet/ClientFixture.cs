using MessageQueue.Client;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.DotNet;

/// <summary>A server, a proxy before it, and the clients of a test.</summary>
internal abstract class ClientFixture
{
    private readonly List<ClientProbe> _clients = [];

    protected TestServer Server { get; private set; } = null!;

    protected FaultProxy Proxy { get; private set; } = null!;

    /// <summary>The server's part of the wire, for what a client sends and a test looks at.</summary>
    [SetUp]
    public async Task SetUpAsync()
    {
        Server = await TestServer.HandlingAsync(Handle, Configure);
        Proxy = new FaultProxy(Server.Url);
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        foreach (ClientProbe client in _clients)
        {
            await client.DisposeAsync().AsTask().OrTimeout();
        }

        _clients.Clear();
        await Proxy.DisposeAsync();
        await Server.DisposeAsync();
    }

    protected virtual void Handle(MessageQueueServer server)
    {
    }

    protected virtual void Configure(MessageQueueOptions options)
    {
    }

    /// <summary>Creates a client that goes through the proxy and retries soon.</summary>
    protected ClientProbe Create(string? session, Action<MessageQueueClientOptions>? configure = null)
    {
        MessageQueueClientOptions options = new()
        {
            Url = Proxy.Url,
            Session = session,
            BackOffBase = TimeSpan.FromMilliseconds(20),
            BackOffCap = TimeSpan.FromMilliseconds(100),
        };
        configure?.Invoke(options);
        ClientProbe client = new(options);
        _clients.Add(client);
        return client;
    }

    /// <summary>Creates a client and waits until it is open.</summary>
    protected Task<ClientProbe> OpenAsync(string? session, Action<MessageQueueClientOptions>? configure = null) =>
        Create(session, configure).OpenAsync();

    /// <summary>Creates a client in the room lobby and waits until it is open.</summary>
    protected Task<ClientProbe> InLobbyAsync(string? session, Action<MessageQueueClientOptions>? configure = null) =>
        OpenAsync(session, options =>
        {
            options.Rooms = ["lobby"];
            configure?.Invoke(options);
        });

    /// <summary>How many events the server has for a session that it has not acknowledged.</summary>
    protected async Task<int> PendingAsync(string session)
    {
        // A second connection would take the session over; this asks the server itself.
        EventClient other = await Server.ConnectAsync($"session={session}");
        await using (other)
        {
            return other.Welcome.GetProperty("pending").GetInt32();
        }
    }
}
