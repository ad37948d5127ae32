using System.Text.Json;

namespace MessageQueue.Tests.EndToEnd;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class AcknowledgingTests : IAsyncDisposable
{
    private TestServer _server = null!;
    private EventClient _bob = null!;

    [SetUp]
    public async Task SetUp()
    {
        _server = await TestServer.StartAsync();
        _bob = await _server.ConnectAsync("session=bob");
    }

    public async ValueTask DisposeAsync()
    {
        await _bob.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task Unacknowledged_events_come_again_first_and_only_those_that_were_sent_are_marked()
    {
        List<long> ids;
        await using (EventClient alice = await _server.ConnectAsync("session=alice&room=lobby"))
        {
            ids = await EmitAsync(3);
            await alice.NextIdsAsync(3);
            await alice.SendAsync(new { type = "ack", id = ids[1] });
            await alice.PingAsync();
            await alice.CloseAsync();
        }

        ids.AddRange(await EmitAsync(1));
        await using EventClient again = await _server.ConnectAsync("session=alice");

        again.Welcome.GetProperty("pending").GetInt64().Should().Be(3);
        await ShouldComeAsync(again, ids[0], redelivered: true);
        await ShouldComeAsync(again, ids[2], redelivered: true);
        await ShouldComeAsync(again, ids[3], redelivered: false);
        await again.ShouldHaveNoEventAsync();
    }

    [TestCase("""{"type":"ack","id":[ID0,ID2]}""", new[] { 1, 3 })]
    [TestCase("""{"type":"ack","upTo":ID2}""", new[] { 3 })]
    [TestCase("""{"type":"ack","upTo":9007199254740991}""", new int[0])]
    [TestCase("""{"type":"ack","id":9007199254740991}""", new[] { 0, 1, 2, 3 })]
    public async Task An_acknowledgement_covers_the_events_that_it_names(string message, int[] left)
    {
        await using EventClient alice = await _server.ConnectAsync("session=alice&room=lobby");
        List<long> ids = await EmitAsync(4);
        await alice.NextIdsAsync(4);

        await alice.SendAsync(
            message.Replace("ID0", $"{ids[0]}", StringComparison.Ordinal).Replace("ID2", $"{ids[2]}", StringComparison.Ordinal));
        await alice.PingAsync();

        await using EventClient again = await _server.ConnectAsync("session=alice");
        again.Welcome.GetProperty("pending").GetInt64().Should().Be(left.Length);
        (await again.NextIdsAsync(left.Length)).Should().Equal(left.Select(index => ids[index]));
        await again.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task Up_to_never_acknowledges_an_event_that_was_not_sent_yet()
    {
        await using EventClient alice = await _server.ConnectAsync("session=alice&room=lobby&window=2");
        List<long> ids = await EmitAsync(4);
        (await alice.NextIdsAsync(2)).Should().Equal(ids[..2]);

        await alice.SendAsync(new { type = "ack", upTo = ids[3] });

        (await alice.NextIdsAsync(2)).Should().Equal(ids[2..]);
    }

    [Test]
    public async Task An_id_does_not_acknowledge_an_event_that_was_not_sent_yet()
    {
        await using EventClient alice = await _server.ConnectAsync("session=alice&room=lobby&window=1");
        List<long> ids = await EmitAsync(3);
        await alice.NextIdsAsync(1);

        await alice.SendAsync(new { type = "ack", id = ids[1] });
        await alice.SendAsync(new { type = "nack", id = ids[2] });
        await alice.SendAsync(new { type = "ack", id = ids[0] });

        (await alice.NextIdsAsync(1)).Should().Equal(ids[1]);
        await alice.SendAsync(new { type = "ack", id = ids[1] });
        (await alice.NextAsync("event")).Has("redelivered").Should().BeFalse();
    }

    [Test]
    public async Task A_session_cannot_acknowledge_events_of_another_session()
    {
        await using EventClient alice = await _server.ConnectAsync("session=alice&room=lobby");
        List<long> ids = await EmitAsync(2);

        await _bob.SendAsync(new { type = "ack", id = ids });
        await _bob.SendAsync(new { type = "ack", upTo = ids[1] });
        await _bob.PingAsync();

        await using EventClient again = await _server.ConnectAsync("session=alice");
        (await again.NextIdsAsync(2)).Should().Equal(ids);
    }

    [Test]
    public async Task At_most_a_window_of_events_is_in_flight()
    {
        await using EventClient alice = await _server.ConnectAsync("session=alice&room=lobby&window=2");
        List<long> ids = await EmitAsync(5);

        (await alice.NextIdsAsync(2)).Should().Equal(ids[..2]);
        await alice.ShouldHaveNoEventAsync();
        await alice.SendAsync(new { type = "ack", id = ids[1] });
        (await alice.NextIdsAsync(1)).Should().Equal(ids[2]);
        await alice.ShouldHaveNoEventAsync();
        await alice.SendAsync(new { type = "ack", upTo = ids[2] });
        (await alice.NextIdsAsync(2)).Should().Equal(ids[3..]);
    }

    [Test]
    public async Task Pending_is_exact_up_to_100_000_and_then_says_more()
    {
        // The server acknowledges an emit without waiting for other clients, so a few connections fill a room quickly.
        const int Count = 100_001;
        await using (EventClient alice = await _server.ConnectAsync("session=alice&room=lobby"))
        {
            await alice.CloseAsync();
        }

        string emit = """{"type":"emit","event":"e","to":"lobby"}""";
        for (int i = 0; i < Count; i++)
        {
            await _bob.SendAsync(emit);
        }

        await _bob.PingAsync();
        await using EventClient again = await _server.ConnectAsync("session=alice&window=1");
        again.Welcome.GetProperty("pending").GetInt64().Should().Be(100_000);
        again.Welcome.GetProperty("more").GetBoolean().Should().BeTrue();
    }

    [Test]
    public async Task Ending_a_session_removes_its_rooms_and_pending_events()
    {
        await using EventClient alice = await _server.ConnectAsync("session=alice&room=lobby");
        await EmitAsync(1);

        await alice.SendAsync(new { type = "end", id = "bye" });

        (await alice.NextAsync("ack")).GetProperty("ref").GetString().Should().Be("bye");
        (await alice.CloseCodeAsync()).Should().Be(4002);
        await using EventClient again = await _server.ConnectAsync("session=alice");
        again.Welcome.GetProperty("resumed").GetBoolean().Should().BeFalse();
        again.Welcome.GetProperty("pending").GetInt64().Should().Be(0);
        await EmitAsync(1);
        await again.ShouldHaveNoEventAsync();
    }

    private async Task<List<long>> EmitAsync(int count)
    {
        List<long> ids = [];
        for (int i = 0; i < count; i++)
        {
            ids.Add(await _bob.EmitAsync("lobby"));
        }

        return ids;
    }

    private static async Task ShouldComeAsync(EventClient client, long id, bool redelivered)
    {
        JsonElement received = await client.NextAsync("event");
        received.GetProperty("id").GetInt64().Should().Be(id);
        received.TryGetProperty("redelivered", out _).Should().Be(redelivered);
    }
}
