using System.Text.Json;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>Who gets an event: <c>echo</c>, many rooms, and sessions that leave or end while they are owed it.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class AddressingTests
{
    [Test]
    public async Task The_sender_may_leave_its_session_out_on_every_connection_and_for_ever()
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
    public async Task Left_out_it_stays_when_it_is_caught_up()
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
    public async Task With_echo_or_without_a_word_about_it_the_sender_gets_its_own()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        long first = await alice.EmitAsync("lobby");
        await alice.SendAsync(new { type = "emit", @event = "e", to = "lobby", echo = true });
        long second = (await alice.NextAsync("ack")).Id();

        (await alice.NextIdsAsync(2)).Should().Equal(first, second);
    }

    [Test]
    public async Task Redelivered_it_still_says_the_first_room_that_matched_though_the_session_has_left_it()
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
    public async Task Several_thousand_rooms_are_refused_by_their_number_and_nothing_else_suffers()
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
    public async Task Where_they_are_allowed_several_thousand_rooms_are_one_event()
    {
        await using TestServer server = await TestServer.StartAsync(options => (options.MaxRoomsPerEmit, options.MaxRoomsPerSession) = (10_000, 10_000));
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
        (got.Id(), got.GetProperty("room").GetString()).Should().Be((second, "room-4000"), "caught up, it matches as it did live");
        await bob.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task A_session_that_ends_takes_what_is_in_flight_and_what_waits_along()
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
    public async Task Leaving_a_room_keeps_what_is_in_flight()
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
