using System.Text.Json;

namespace MessageQueue.Tests.EndToEnd;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RoomTests : IAsyncDisposable
{
    private TestServer _server = null!;
    private EventClient _bob = null!;

    [SetUp]
    public async Task SetUp()
    {
        _server = await TestServer.StartAsync(options => options.MaxRoomsPerSession = 2);
        _bob = await _server.ConnectAsync("session=bob");
    }

    public async ValueTask DisposeAsync()
    {
        await _bob.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task Rooms_joined_by_query_and_by_message_survive_the_connection()
    {
        await using (EventClient alice = await _server.ConnectAsync("session=alice&room=red"))
        {
            await alice.SendAsync(new { type = "join", room = "green", id = "j" });
            (await alice.NextAsync("ack")).GetProperty("ref").GetString().Should().Be("j");
            await alice.CloseAsync();
        }

        long red = await _bob.EmitAsync("red");
        long green = await _bob.EmitAsync("green");
        await using EventClient again = await _server.ConnectAsync("session=alice");
        (await again.NextIdsAsync(2)).Should().Equal(red, green);
        green = await _bob.EmitAsync("green");
        (await again.NextIdsAsync(1)).Should().Equal(green);
    }

    [Test]
    public async Task Leaving_more_rooms_that_owe_events_than_are_allowed_is_refused()
    {
        await using TestServer server = await TestServer.StartAsync(options => options.MaxLeftRoomsPerSession = 1);
        await using EventClient alice = await server.ConnectAsync("session=alice&room=red&room=green");
        await using EventClient bob = await server.ConnectAsync("session=bob");
        long red = await bob.EmitAsync("red");
        long green = await bob.EmitAsync("green");
        (await alice.NextIdsAsync(2)).Should().Equal(red, green);
        await alice.SendAsync(new { type = "leave", room = "red", id = "1" });
        (await alice.NextAsync("ack")).GetProperty("ref").GetString().Should().Be("1");

        await alice.SendAsync(new { type = "leave", room = "green", id = "2" });

        JsonElement error = await alice.NextAsync("error");
        error.GetProperty("code").GetString().Should().Be("forbidden");
        error.GetProperty("ref").GetString().Should().Be("2");
        error.GetProperty("message").GetString().Should().Contain("1 rooms").And.Contain("acknowledge");
        Session session = (await server.Server.Of("/").FindSessionAsync("alice"))!;
        await session.Invoking(left => left.LeaveAsync("green"))
            .Should().ThrowAsync<MessageQueueException>().WithMessage("*MaxLeftRoomsPerSession*");
    }

    [Test]
    public async Task Leaving_a_room_keeps_its_pending_events_and_stops_later_ones()
    {
        await using EventClient alice = await _server.ConnectAsync("session=alice&room=red&window=1");
        long first = await _bob.EmitAsync("red");
        long second = await _bob.EmitAsync("red");
        await alice.SendAsync(new { type = "leave", room = "red" });
        await alice.PingAsync();
        await _bob.EmitAsync("red");

        (await alice.NextIdsAsync(1)).Should().Equal(first);
        await alice.SendAsync(new { type = "ack", id = first });
        (await alice.NextIdsAsync(1)).Should().Equal(second);
        await alice.SendAsync(new { type = "ack", id = second });
        await alice.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task One_room_too_many_is_forbidden_and_the_connection_continues()
    {
        await using EventClient alice = await _server.ConnectAsync("session=alice&room=red&room=green");

        await alice.SendAsync(new { type = "join", room = "blue", id = "j" });

        JsonElement error = await alice.NextAsync("error");
        error.GetProperty("code").GetString().Should().Be("forbidden");
        error.GetProperty("ref").GetString().Should().Be("j");
        await alice.SendAsync(new { type = "leave", room = "red" });
        await alice.SendAsync(new { type = "join", room = "blue" });
        await alice.PingAsync();
        long sent = await _bob.EmitAsync("blue");
        (await alice.NextIdsAsync(1)).Should().Equal(sent);
    }

    [Test]
    public async Task A_join_applies_to_the_emit_that_follows_it()
    {
        await _bob.SendAsync(new { type = "join", room = "red" });
        long sent = await Task.Run(async () =>
        {
            await _bob.NextAsync("ack");
            return await _bob.EmitAsync("red");
        });

        (await _bob.NextIdsAsync(1)).Should().Equal(sent);
    }
}
