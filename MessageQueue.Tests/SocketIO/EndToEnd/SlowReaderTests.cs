using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.SocketIO.EndToEnd;

/// <summary>A client that stops reading costs the server no more memory than its buffer, and misses nothing.</summary>
[TestFixture(NodeTransport.Default)]
[TestFixture(NodeTransport.WebSocket)]
[TestFixture(NodeTransport.Polling)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[NonParallelizable]
internal sealed class SlowReaderTests(NodeTransport transport) : IDisposable
{
    private const int Count = 1000;
    private const int Bytes = 100_000;
    private const long Allowed = 20_000_000;

    private readonly TemporaryDirectory _data = new();

    public void Dispose() => _data.Dispose();

    [Test]
    public async Task A_hundred_megabytes_for_a_reader_that_stands_still_wait_in_the_log()
    {
        await using SocketIOWorld world = await SocketIOWorld.HandlingAsync(static _ => { }, server: options =>
        {
            options.Durability = Durability.Os;
            options.DataDirectory = _data.FullName;
            options.EventCacheBytes = 1 << 20;
        });
        NodeClient client = await world.ConnectAsync(transport);
        string text = new('x', Bytes);
        await world.Root.EmitAsync("m", 0).OrTimeout();
        await client.NumbersAsync("m", 1);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        world.Page.Pause();

        for (int i = 1; i <= Count; i++)
        {
            await world.Root.EmitAsync("m", new Arguments(i, text)).OrTimeout();
        }

        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(Allowed, "{0} bytes were emitted", Count * Bytes);
        world.Page.Continue();
        for (int i = 1; i <= Count; i++)
        {
            NodeClient.Args(await client.EventAsync())[0].GetInt32().Should().Be(i);
        }
    }
}
