using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary><c>volatile:true</c>: for those who are connected now, never stored.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class VolatileTests
{
    [Test]
    public async Task A_volatile_event_and_its_acknowledgement_have_no_number()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice");
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");

        await alice.SendAsync(
            new { type = "emit", @event = "tick", data = 1, to = new[] { "nowhere", "lobby", "@bob" }, @volatile = true, id = "v" });

        (await alice.NextAsync("ack")).GetRawText().Should().Be("""{"type":"ack","ref":"v"}""");
        JsonElement tick = await bob.NextAsync("event");
        tick.TryGetProperty("id", out _).Should().BeFalse();
        tick.GetProperty("room").GetString().Should().Be("lobby");
        tick.GetProperty("from").GetString().Should().Be("alice");
        (await bob.EventsSoFarAsync()).Should().BeEmpty("it comes once, whatever the number of entries that match");
    }

    [Test]
    public async Task A_session_that_is_not_connected_never_gets_a_volatile_event_and_nothing_is_stored()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using (EventClient gone = await server.ConnectAsync("session=bob&room=lobby"))
        {
            await gone.CloseAsync();
        }

        await using EventClient alice = await server.ConnectAsync("session=alice");
        await EmitVolatileAsync(alice, "lobby", "@bob", "new-room");
        await alice.NextAsync("ack");

        await using EventClient back = await server.ConnectAsync("session=bob");
        back.Welcome.GetProperty("pending").GetInt32().Should().Be(0);
        (await back.EventsSoFarAsync()).Should().BeEmpty();
        (await server.AskAsync(state => state.Namespaces["/"].Rooms.ContainsKey("new-room"))).Should().BeFalse();
    }

    [Test]
    public async Task A_volatile_event_keeps_its_place_among_the_other_events_of_its_sender()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        for (int i = 0; i < 50; i++)
        {
            await bob.SendAsync(new { type = "emit", @event = "e", data = i, to = "lobby", @volatile = i % 2 == 1 });
        }

        for (int i = 0; i < 50; i++)
        {
            JsonElement frame = await bob.NextAsync("event");
            frame.GetProperty("data").GetInt32().Should().Be(i);
            frame.TryGetProperty("id", out _).Should().Be(i % 2 == 0);
            (await bob.NextAsync("ack")).TryGetProperty("id", out _).Should().Be(i % 2 == 0);
        }
    }

    [Test]
    public async Task A_volatile_event_needs_no_window()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&window=1");
        await bob.EmitAsync("lobby");
        await bob.EmitAsync("lobby");

        await EmitVolatileAsync(bob, "lobby");

        (await bob.EventsSoFarAsync()).Select(frame => frame.TryGetProperty("id", out _)).Should().Equal(true, false);
    }

    [Test]
    public async Task The_sender_may_leave_itself_out_of_a_volatile_event()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");

        await alice.SendAsync(new { type = "emit", @event = "e", to = "lobby", @volatile = true, echo = false });
        await alice.PingAsync();

        (await bob.EventsSoFarAsync()).Should().ContainSingle();
        (await alice.EventsSoFarAsync()).Should().BeEmpty();
    }

    [Test]
    public async Task A_volatile_event_to_an_unknown_session_is_refused_and_nobody_gets_it()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");

        await EmitVolatileAsync(bob, "lobby", "@nobody");

        (await bob.NextAsync("error")).GetProperty("code").GetString().Should().Be("unknown_session");
        (await bob.EventsSoFarAsync()).Should().BeEmpty();
    }

    [Test]
    public async Task An_output_without_room_skips_volatile_events_and_misses_no_durable_one()
    {
        const int Count = 300;
        await using TestServer server = await TestServer.StartAsync(options => options.MaxOutboundBytes = 1024);
        await using RawWebSocket stalled = await RawWebSocket.ConnectAsync(
            new Uri(server.Url + "/?session=stalled&room=lobby"), receiveBufferBytes: 4096);
        await using EventClient bob = await server.ConnectAsync("session=bob");
        string data = new('x', 50_000);
        for (int i = 0; i < Count; i++)
        {
            await bob.SendAsync(new { type = "emit", @event = "lost", data, to = "lobby", @volatile = true });
            await bob.NextAsync("ack");
        }

        long kept = await bob.EmitAsync("lobby", "kept");

        int came = 0;
        (await stalled.ReadAsync())!.Text.Should().Contain("welcome");
        string text = (await stalled.ReadAsync())!.Text;
        while (text.Contains("\"lost\""))
        {
            came++;
            text = (await stalled.ReadAsync())!.Text;
        }

        text.Should().Contain($"\"id\":{kept}");
        came.Should().BeLessThan(Count);
    }

    private static Task EmitVolatileAsync(EventClient client, params string[] to) =>
        client.SendAsync(new { type = "emit", @event = "tick", to, @volatile = true });
}
