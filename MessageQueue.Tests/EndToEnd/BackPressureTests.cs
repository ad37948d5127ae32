using System.Text;
using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class BackPressureTests : IAsyncDisposable
{
    private const int EventBytes = 10_000;
    private const int Events = 2_000;

    private TestServer _server = null!;

    [SetUp]
    public async Task SetUp() => _server = await TestServer.StartAsync(options =>
    {
        options.MaxOutboundBytes = 64 << 10;
        // So small that a catch-up must read most events from the log again.
        options.EventCacheBytes = 1 << 20;
        options.MaxWindow = 100_000;
        options.DefaultWindow = 100_000;
    });

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Test]
    public async Task A_client_that_stops_reading_delays_nobody_and_catches_up_when_it_reads_again()
    {
        await using RawWebSocket stalled = await RawWebSocket.ConnectAsync(
            new Uri(_server.Url + "/?session=stalled&room=lobby"), receiveBufferBytes: 4096);
        await using EventClient prompt = await _server.ConnectAsync("session=prompt&room=lobby");
        await using EventClient bob = await _server.ConnectAsync("session=bob");
        object message = new { type = "emit", @event = "e", to = "lobby", data = new string('x', EventBytes) };
        long before = GC.GetTotalMemory(forceFullCollection: true);

        for (int i = 0; i < Events; i++)
        {
            await bob.SendAsync(message);
        }

        List<long> ids = await prompt.NextIdsAsync(Events);
        ids.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();

        (await stalled.ReadAsync())!.Text.Should().Contain("welcome");
        List<long> late = [];
        while (late.Count < Events)
        {
            JsonElement frame = JsonSerializer.Deserialize<JsonElement>((await stalled.ReadAsync())!.Payload);
            late.Add(frame.GetProperty("id").GetInt64());
            frame.TryGetProperty("redelivered", out _).Should().BeFalse();
        }

        late.Should().Equal(
            ids, "all of it comes, once, in order, though {0} MB were more than its output holds",
            (GC.GetTotalMemory(false) - before) >> 20);
    }

    [Test]
    public async Task A_client_that_emits_without_reading_responses_is_not_read_until_it_reads_them()
    {
        await using RawWebSocket flooder = await RawWebSocket.ConnectAsync(
            new Uri(_server.Url + "/?session=flooder"), receiveBufferBytes: 4096);
        byte[] frame = RawWebSocket.TextFrame($$"""{"type":"nonsense","id":"{{new string('r', 100)}}"}""");
        byte[] many = [.. Enumerable.Repeat(frame, 10_000).SelectMany(bytes => bytes)];

        Task sending = flooder.SendAsync(many);
        await using EventClient other = await _server.ConnectAsync("room=lobby");
        long sent = await other.EmitAsync("lobby");
        (await other.NextIdsAsync(1)).Should().Equal(sent);

        (await flooder.ReadAsync())!.Text.Should().Contain("welcome");
        for (int i = 0; i < 10_000; i++)
        {
            Encoding.UTF8.GetString((await flooder.ReadAsync())!.Payload).Should().Contain("unknown_type");
        }

        await sending.OrTimeout();
    }
}
