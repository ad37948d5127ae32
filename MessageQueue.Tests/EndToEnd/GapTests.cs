using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>
/// <c>gap</c>: sent on every connection until it is acknowledged. <see cref="RetentionTests"/> shows what retention drops, and when.
/// </summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class GapTests : IAsyncDisposable
{
    private const int Kept = 5;

    private TestServer _server = null!;
    private EventClient _alice = null!;
    private long[] _sent = [];

    [SetUp]
    public async Task SetUp()
    {
        _server = await TestServer.StartAsync(options => options.MaxBacklogPerSession = Kept);
        _alice = await _server.ConnectAsync("session=alice");
        await using (EventClient bob = await _server.ConnectAsync("session=bob&room=lobby"))
        {
            await bob.CloseAsync();
        }

        _sent = await _alice.EmitManyAsync("lobby", 20);
        await _server.TrimAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _alice.DisposeAsync();
        await _server.DisposeAsync();
    }

    [TestCase("id", 14, true)]
    [TestCase("id", 15, true)]
    [TestCase("upTo", 14, true)]
    [TestCase("upTo", 19, true)]
    [TestCase("id", 13, false)]
    [TestCase("upTo", 13, false)]
    public async Task A_gap_is_repeated_until_an_ack_at_or_beyond_its_end(string field, int index, bool ends)
    {
        JsonElement gap;
        await using (EventClient first = await _server.ConnectAsync("session=bob"))
        {
            first.Welcome.GetProperty("pending").GetInt32().Should().Be(Kept);
            gap = await first.NextAsync("gap");
            gap.GetRawText().Should().Be($$"""{"type":"gap","from":{{_sent[0]}},"to":{{_sent[14]}},"count":15}""");
            (await first.NextIdsAsync(Kept)).Should().Equal(_sent[15..]);
            await first.SendAsync($$"""{"type":"ack","{{field}}":{{_sent[index]}}}""");
            await first.CloseAsync();
        }

        for (int i = 0; i < 2; i++)
        {
            await using EventClient next = await _server.ConnectAsync("session=bob");
            await next.PingAsync();
            next.Frames("gap").TryRead(out JsonElement again).Should().Be(!ends);
            if (!ends)
            {
                again.GetRawText().Should().Be(gap.GetRawText());
            }
        }
    }

    [Test]
    public async Task Each_session_has_its_own_gaps()
    {
        await using EventClient carol = await _server.ConnectAsync("session=carol&room=lobby");
        await using EventClient bob = await _server.ConnectAsync("session=bob");
        await bob.NextAsync("gap");

        await carol.SendAsync(new { type = "ack", upTo = _sent[19] });
        await carol.PingAsync();

        carol.Frames("gap").Count.Should().Be(0);
        await using EventClient again = await _server.ConnectAsync("session=bob");
        await again.NextAsync("gap");
    }

    [Test]
    public async Task With_automatic_acknowledgement_a_gap_is_sent_once()
    {
        await using (EventClient first = await _server.ConnectAsync("session=bob&ack=auto"))
        {
            await first.NextAsync("gap");
            await first.CloseAsync();
        }

        await using EventClient second = await _server.ConnectAsync("session=bob");
        await second.ShouldHaveNoEventAsync();
        second.Frames("gap").Count.Should().Be(0);
    }

    [Test]
    public async Task A_gap_comes_after_the_welcome_and_before_the_events()
    {
        await using RawWebSocket back = await RawWebSocket.ConnectAsync(new Uri(_server.Url + "/?session=bob"));

        string[] types = new string[3];
        for (int i = 0; i < types.Length; i++)
        {
            types[i] = JsonSerializer.Deserialize<JsonElement>((await back.ReadAsync())!.Payload).GetProperty("type").GetString()!;
        }

        types.Should().Equal("welcome", "gap", "event");
    }
}
