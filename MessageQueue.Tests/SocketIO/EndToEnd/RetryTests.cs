using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.SocketIO.EndToEnd;

/// <summary>The option <c>retries</c> of socket.io-client, which repeats an emit until it is acknowledged.</summary>
[TestFixture(NodeTransport.Default)]
[TestFixture(NodeTransport.WebSocket)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RetryTests(NodeTransport transport)
{
    private readonly List<string> _handled = [];
    private readonly TaskCompletionSource _ran = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SocketIOWorld _world = null!;

    [SetUp]
    public async Task SetUpAsync() =>
        _world = await SocketIOWorld.HandlingAsync(server => server.Of("/").On<string>("order", (_, tea) => Handle(tea)));

    [TearDown]
    public async Task TearDownAsync() => await _world.DisposeAsync();

    [Test]
    public async Task The_handler_of_an_emit_whose_acknowledgement_was_lost_runs_once()
    {
        NodeClient client = await ConnectAsync();
        Task<JsonElement[]> asking = client.AskAsync("order", "tea");
        await _ran.Task.OrTimeout();

        await client.DoAsync("cut");

        (await asking)[0].GetString().Should().Be("tea 1", "the answer is that of the only run");
        _handled.Should().Equal("tea");
    }

    [Test]
    public async Task The_same_emit_after_an_answer_is_a_new_one()
    {
        NodeClient client = await ConnectAsync();
        _ran.SetResult();

        (await client.AskAsync("order", "tea"))[0].GetString().Should().Be("tea 1");
        (await client.AskAsync("order", "tea"))[0].GetString().Should().Be("tea 2");
    }

    private async Task<NodeClient> ConnectAsync()
    {
        NodeClient client = await _world.Page.OpenAsync(
            _world.Network.Url, new Dictionary<string, object>(transport.Options() ?? []) { ["retries"] = 3, ["ackTimeout"] = 30_000 });
        await client.ConnectedAsync();
        if (transport == NodeTransport.Default)
        {
            await client.UpgradedAsync();
        }

        return client;
    }

    private Task<object?> Handle(string order)
    {
        _handled.Add(order);
        if (!_ran.Task.IsCompleted)
        {
            // What the server writes from now on never arrives.
            _world.Network.HalfOpen();
            _ran.SetResult();
        }

        return Task.FromResult<object?>($"{order} {_handled.Count}");
    }
}
