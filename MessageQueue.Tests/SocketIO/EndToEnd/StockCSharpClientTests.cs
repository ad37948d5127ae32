using System.Threading.Channels;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;
using SocketIOClient.Transport;
using StockClient = SocketIOClient.SocketIO;
using StockOptions = SocketIOClient.SocketIOOptions;

namespace MessageQueue.Tests.SocketIO.EndToEnd;

/// <summary>The C# client of NuGet's SocketIOClient, unchanged: over WebSocket, over polling, and over polling with an upgrade.</summary>
[TestFixture(TransportProtocol.WebSocket, false)]
[TestFixture(TransportProtocol.Polling, false)]
[TestFixture(TransportProtocol.Polling, true)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class StockCSharpClientTests(TransportProtocol transport, bool upgrades)
{
    private readonly Channel<string> _received = Channel.CreateUnbounded<string>();
    private TestServer _server = null!;
    private FaultProxy _network = null!;

    [SetUp]
    public async Task SetUpAsync()
    {
        _server = await TestServer.HandlingAsync(
            server =>
            {
                server.Of("/").On<string, int>("add", (_, text, number) => Task.FromResult<object?>($"{text}{number + 1}"));
                server.Of("/chat").On("who", session => Task.FromResult<object?>(session.Name));
            },
            options => options.UseSocketIO());
        _network = new FaultProxy(_server.Url);
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await _network.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task It_emits_with_an_acknowledgement()
    {
        using StockClient client = await ConnectAsync("/");
        TaskCompletionSource<string> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        await client.EmitAsync("add", response => answer.SetResult(response.GetValue<string>()), "a", 1).OrTimeout();

        (await answer.Task.OrTimeout()).Should().Be("a2");
    }

    [Test]
    public async Task It_answers_the_server()
    {
        using StockClient client = await ConnectAsync("/");
        client.On("question", response => response.CallbackAsync(response.GetValue<int>() * 2));
        Session session = (await _server.Server.Of("/").SessionsAsync().OrTimeout()).Single();

        (await session.EmitWithAckAsync<int>("question", 21, Timeouts.Limit).OrTimeout()).Should().Be(42);
    }

    [Test]
    public async Task It_connects_to_a_namespace_as_a_named_session()
    {
        using StockClient client = await ConnectAsync("/chat", new { session = "alice" });
        TaskCompletionSource<string> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        await client.EmitAsync("who", response => answer.SetResult(response.GetValue<string>())).OrTimeout();

        (await answer.Task.OrTimeout()).Should().Be("alice");
    }

    [Test]
    public async Task A_named_session_gets_what_it_missed_although_this_client_does_not_know_recovery()
    {
        using StockClient client = await ConnectAsync("/", new { session = "alice" });
        await EmitAsync("first");
        (await ReceivedAsync()).Should().Be("first");

        await client.DisconnectAsync().OrTimeout();
        await EmitAsync("second");
        await client.ConnectAsync().OrTimeout();
        await EmitAsync("third");

        List<string> received = [];
        while (received.LastOrDefault() != "third")
        {
            received.Add(await ReceivedAsync());
        }

        // It never says what it has: the first may come again if it was not known to be received.
        received.Except(["first"]).Should().Equal("second", "third");
    }

    private async Task<StockClient> ConnectAsync(string ns, object? auth = null)
    {
        StockClient client = new(
            _network.Url + ns,
            new StockOptions
            {
                Transport = transport,
                AutoUpgrade = upgrades,
                Auth = auth,
                ReconnectionDelay = 20,
                ReconnectionDelayMax = 100,
            });
        client.On("m", response => _received.Writer.TryWrite(response.GetValue<string>()));
        TaskCompletionSource joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
        client.OnConnected += (_, _) => joined.TrySetResult();
        // It may return before the server has answered.
        await client.ConnectAsync().OrTimeout();
        await joined.Task.OrTimeout();
        return client;
    }

    private Task<long> EmitAsync(string text) => _server.Server.Of("/").EmitAsync("m", text).OrTimeout();

    private Task<string> ReceivedAsync() => _received.Reader.ReadAsync().OrTimeout();
}
