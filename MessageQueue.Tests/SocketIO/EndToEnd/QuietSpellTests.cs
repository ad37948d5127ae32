using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.SocketIO.EndToEnd;

/// <summary>Time that passes while a client is connected counts for nothing: what it can recover depends on its absence only.</summary>
[TestFixture(NodeTransport.Default)]
[TestFixture(NodeTransport.WebSocket)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class QuietSpellTests(NodeTransport transport)
{
    private readonly ManualTimeProvider _clock = new();
    private SocketIOWorld _world = null!;

    [SetUp]
    public async Task SetUpAsync() => _world = await SocketIOWorld.HandlingAsync(
        static _ => { },
        options =>
        {
            // When the clock jumps, clients have no time to answer a ping.
            options.PingInterval = TimeSpan.FromDays(10);
            options.PingTimeout = TimeSpan.FromDays(10);
            options.UpgradeTimeout = TimeSpan.FromDays(10);
            options.ConnectTimeout = TimeSpan.FromDays(10);
        },
        options =>
        {
            options.TimeProvider = _clock;
            options.PingInterval = TimeSpan.FromDays(20);
            options.IdleTimeout = TimeSpan.FromDays(21);
        });

    [TearDown]
    public async Task TearDownAsync() => await _world.DisposeAsync();

    [Test]
    public async Task After_a_day_without_events_a_short_drop_loses_none()
    {
        NodeClient client = await ConnectAsync();
        await EmitAsync(1);
        await client.NumbersAsync("m", 1);

        _clock.Advance(TimeSpan.FromDays(1));
        await PassTimeAsync(client, _world.WhileAwayAsync(client, () => EmitAsync(2)));
        await PassTimeAsync(client, UpgradedAsync(client));
        await EmitAsync(3);

        (await client.NumbersAsync("m", 2)).Should().Equal(2, 3);
        client.Connection.GetProperty("recovered").GetBoolean().Should().BeTrue();
    }

    [Test]
    public async Task After_an_absence_that_is_too_long_an_anonymous_client_is_told_by_a_new_id()
    {
        NodeClient client = await ConnectAsync();
        string id = client.Id;
        await EmitAsync(1);
        await client.NumbersAsync("m", 1);

        await PassTimeAsync(client, _world.WhileAwayAsync(client, async () =>
        {
            // The server must know that the client is away before time passes.
            while ((await _world.Root.SessionsAsync().OrTimeout()).Any(session => session.IsConnected))
            {
                await Task.Yield();
            }

            await _clock.AdvanceUntilAsync(() => _world.Root.SessionsAsync().Result.Count == 0, TimeSpan.FromMinutes(1));
        }));

        client.Id.Should().NotBe(id);
        client.Connection.GetProperty("recovered").GetBoolean().Should().BeFalse();
    }

    private async Task<NodeClient> ConnectAsync()
    {
        NodeClient client = await _world.Page.OpenAsync(_world.Network.Url, transport.Options());
        await PassTimeAsync(client, client.ConnectedAsync());
        await PassTimeAsync(client, UpgradedAsync(client));
        return client;
    }

    private Task UpgradedAsync(NodeClient client) =>
        transport == NodeTransport.Default ? client.UpgradedAsync() : Task.CompletedTask;

    // An upgrade may take a moment of the server's clock. The steps are as short as the page is slow.
    private async Task PassTimeAsync(NodeClient client, Task task)
    {
        while (!task.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(10));
            await client.EchoAsync();
        }

        await task;
    }

    private Task<long> EmitAsync(int number) => _world.Root.EmitAsync("m", number).OrTimeout();
}
