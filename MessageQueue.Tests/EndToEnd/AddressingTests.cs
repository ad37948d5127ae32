using System.Text.Json;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>Who gets an event: <c>echo</c>, many rooms, and sessions that leave or end while it is pending for them.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class AddressingTests
{
    [Test]
    public async Task A_sender_that_leaves_its_session_out_never_gets_the_event_on_any_connection()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby&mode=shared");
        await using EventClient twin = await server.ConnectAsync("session=alice&mode=shared");
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        await alice.SendAsync(new { type = "emit", @event = "e", to = new[] { "lobby", "*", "@alice" }, echo = false });
        long id = (await alice.NextAsync("ack")).Id();

        (await bob.NextIdsAsync(1)).Should().Equal(id);
        await alice.ShouldHaveNoEventAsync();
        await twin.ShouldHaveNoEventAsync();
        await using EventClient back = await server.ConnectAsync("session=alice");
        back.Welcome.GetProperty("pending").GetInt32().Should().Be(0);
    }

    [Test]
    public async Task A_sender_that_was_left_out_stays_left_out_during_catch_up()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby&window=1");
        List<long> ids = [await alice.EmitAsync("lobby"), await alice.EmitAsync("lobby")];
        await alice.SendAsync(new { type = "emit", @event = "e", to = "lobby", echo = false });
        await alice.NextAsync("ack");
        ids.Add(await alice.EmitAsync("lobby"));

        foreach (long id in ids)
        {
            (await alice.NextIdsAsync(1)).Should().Equal(id);
            await alice.SendAsync(new { type = "ack", id });
        }

        await alice.ShouldHaveNoEventAsync();
        await using EventClient back = await server.ConnectAsync("session=alice");
        back.Welcome.GetProperty("pending").GetInt32().Should().Be(0);
    }

    [Test]
    public async Task The_sender_gets_its_own_event_by_default_and_with_echo()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        long first = await alice.EmitAsync("lobby");
        await alice.SendAsync(new { type = "emit", @event = "e", to = "lobby", echo = true });
        long second = (await alice.NextAsync("ack")).Id();

        (await alice.NextIdsAsync(2)).Should().Equal(first, second);
    }

    [Test]
    public async Task A_redelivered_event_still_names_the_first_room_that_matched_even_if_the_session_has_left_it()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient bob = await server.ConnectAsync("session=bob&room=red&room=blue");
        await bob.EmitAsync(new[] { "green", "blue", "red", "*" });
        (await bob.NextAsync("event")).GetProperty("room").GetString().Should().Be("blue");
        await bob.SendAsync(new { type = "leave", room = "blue" });
        await bob.NextAsync("ack");

        await using EventClient back = await server.ConnectAsync("session=bob");

        JsonElement again = await back.NextAsync("event");
        again.GetProperty("room").GetString().Should().Be("blue");
        again.Has("redelivered").Should().BeTrue();
        await back.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task An_emit_to_several_thousand_rooms_is_refused_and_nothing_else_suffers()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice");
        await using EventClient bob = await server.ConnectAsync("session=bob&room=room-0");
        string[] rooms = [.. Enumerable.Range(0, 20_000).Select(number => $"room-{number}")];

        await alice.SendAsync(new { type = "emit", @event = "e", to = rooms, id = "many" });

        JsonElement error = await alice.NextAsync("error");
        error.GetProperty("code").GetString().Should().Be("bad_message");
        error.GetProperty("ref").GetString().Should().Be("many");
        await bob.ShouldHaveNoEventAsync();
        long sent = await alice.EmitAsync(rooms[..128]);
        (await bob.NextIdsAsync(1)).Should().Equal(sent);
    }

    [Test]
    public async Task An_emit_to_several_thousand_rooms_is_one_event_if_that_is_allowed()
    {
        await using TestServer server = await TestServer.StartAsync(
            options => (options.MaxRoomsPerEmit, options.MaxRoomsPerSession) = (10_000, 10_000));
        await using EventClient bob = await server.ConnectAsync("session=bob&window=1");
        string[] rooms = [.. Enumerable.Range(0, 5_000).Select(number => $"room-{number}")];
        foreach (string room in rooms[4_000..])
        {
            await bob.SendAsync(new { type = "join", room });
        }

        for (int i = 4_000; i < 5_000; i++)
        {
            await bob.NextAsync("ack");
        }

        long first = await bob.EmitAsync(rooms, id: "first");
        long second = await bob.EmitAsync(rooms, id: "second");

        JsonElement got = await bob.NextAsync("event");
        (got.Id(), got.GetProperty("room").GetString()).Should().Be((first, "room-4000"));
        await bob.SendAsync(new { type = "ack", id = first });
        got = await bob.NextAsync("event");
        (got.Id(), got.GetProperty("room").GetString())
            .Should().Be((second, "room-4000"), "during catch-up it matches the same room as live");
        await bob.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task Ending_a_session_removes_events_in_flight_and_waiting_ones()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&window=1");
        long[] ids = await alice.EmitManyAsync("lobby", 3);
        await bob.NextIdsAsync(1);
        await bob.SendAsync(new { type = "end" });
        (await bob.CloseCodeAsync()).Should().Be(4002);

        (await alice.NextIdsAsync(3)).Should().Equal(ids);
        await using EventClient other = await server.ConnectAsync("session=bob&room=lobby");
        other.Welcome.GetProperty("resumed").GetBoolean().Should().BeFalse();
        other.Welcome.GetProperty("pending").GetInt32().Should().Be(0);
        long after = await alice.EmitAsync("lobby");
        (await other.NextIdsAsync(1)).Should().Equal(after);
    }

    [Test]
    public async Task Leaving_a_room_keeps_its_events_in_flight()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        long id = await bob.EmitAsync("lobby");
        await bob.NextIdsAsync(1);
        await bob.SendAsync(new { type = "leave", room = "lobby" });
        await bob.NextAsync("ack");
        await bob.EmitAsync("lobby");

        await using EventClient back = await server.ConnectAsync("session=bob");

        (await back.NextIdsAsync(1)).Should().Equal(id);
        await back.ShouldHaveNoEventAsync();
    }
}
