using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary><c>nack</c>: the event comes again later, and other events do not wait for it.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class NackTests
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    [Test]
    public async Task A_nacked_event_comes_again_after_the_minimum_delay_marked_as_redelivered()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        long id = await bob.EmitAsync("lobby", data: "again");
        (await bob.NextAsync("event")).Has("redelivered").Should().BeFalse();

        await NackAsync(bob, id);
        clock.Advance(99 * Millisecond);
        (await bob.EventsSoFarAsync()).Should().BeEmpty("the least delay is not over");
        clock.Advance(Millisecond);

        JsonElement again = await bob.NextAsync("event");
        again.Id().Should().Be(id);
        again.Has("redelivered").Should().BeTrue();
        again.GetProperty("data").GetString().Should().Be("again");
    }

    [Test]
    public async Task The_minimum_delay_doubles_with_every_delivery_up_to_its_limit()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(
            clock, options => options.MaxRedeliveryDelay = TimeSpan.FromMilliseconds(500));
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        long id = await bob.EmitAsync("lobby");
        await bob.NextAsync("event");
        foreach (int delay in new[] { 100, 200, 400, 500, 500 })
        {
            await NackAsync(bob, id);
            clock.Advance((delay - 1) * Millisecond);
            (await bob.EventsSoFarAsync()).Should().BeEmpty();
            clock.Advance(Millisecond);
            (await bob.NextAsync("event")).Id().Should().Be(id);
        }
    }

    [Test]
    public async Task A_delay_longer_than_the_minimum_is_used_and_a_shorter_one_is_not()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        long[] ids = await bob.EmitManyAsync("lobby", 2);
        await bob.NextIdsAsync(2);

        await NackAsync(bob, ids[0], delay: 86_400_000);
        await NackAsync(bob, ids[1], delay: 10);
        clock.Advance(99 * Millisecond);
        (await bob.IdsSoFarAsync()).Should().BeEmpty();
        clock.Advance(Millisecond);
        (await bob.NextIdsAsync(1)).Should().Equal(ids[1]);
        clock.Advance((86_400_000 - 101) * Millisecond);
        (await bob.IdsSoFarAsync()).Should().BeEmpty();
        clock.Advance(Millisecond);
        (await bob.NextIdsAsync(1)).Should().Equal(ids[0]);
    }

    [Test]
    public async Task A_nacked_event_leaves_the_window_and_later_events_continue()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&window=1");
        long[] ids = await bob.EmitManyAsync("lobby", 3);
        (await bob.IdsSoFarAsync()).Should().Equal(ids[0]);

        await NackAsync(bob, ids[0]);
        (await bob.NextIdsAsync(1)).Should().Equal(ids[1]);
        clock.Advance(100 * Millisecond);
        (await bob.IdsSoFarAsync()).Should().BeEmpty("the window is full again");

        await bob.SendAsync(new { type = "ack", id = ids[1] });
        (await bob.NextIdsAsync(1)).Should().Equal(ids[0]);
        await bob.SendAsync(new { type = "ack", id = ids[0] });
        (await bob.NextIdsAsync(1)).Should().Equal(ids[2]);
    }

    [Test]
    public async Task A_list_is_nacked_together_and_numbers_that_are_not_in_flight_are_ignored()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        long[] ids = await bob.EmitManyAsync("lobby", 3);
        await bob.NextIdsAsync(3);
        await bob.SendAsync(new { type = "ack", id = ids[1] });

        await bob.SendAsync(new { type = "nack", id = new[] { ids[2], ids[1], ids[0], 999_999, ids[0] } });
        await bob.PingAsync();
        clock.Advance(100 * Millisecond);

        (await bob.NextIdsAsync(2)).Should().Equal(ids[0], ids[2]);
        (await bob.IdsSoFarAsync()).Should().BeEmpty();
        bob.Frames("error").TryPeek(out _).Should().BeFalse();
    }

    [Test]
    public async Task A_nacked_event_that_is_acknowledged_while_it_waits_does_not_come_again()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        long[] ids = await bob.EmitManyAsync("lobby", 2);
        await bob.NextIdsAsync(2);
        await NackAsync(bob, ids[0]);
        await NackAsync(bob, ids[1]);

        await bob.SendAsync(new { type = "ack", id = ids[1] });
        await bob.SendAsync(new { type = "ack", upTo = ids[0] });
        await bob.PingAsync();
        clock.Advance(TimeSpan.FromMinutes(1));

        (await bob.IdsSoFarAsync()).Should().BeEmpty();
    }

    [Test]
    public async Task The_delay_outlives_the_connection()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock);
        await using EventClient first = await server.ConnectAsync("session=bob&room=lobby");
        long[] ids = await first.EmitManyAsync("lobby", 2);
        await first.NextIdsAsync(2);
        await NackAsync(first, ids[0], delay: 60_000);
        await first.CloseAsync();

        await using EventClient second = await server.ConnectAsync("session=bob");
        second.Welcome.GetProperty("pending").GetInt32().Should().Be(2);
        (await second.NextIdsAsync(1)).Should().Equal(ids[1]);
        (await second.IdsSoFarAsync()).Should().BeEmpty();
        await second.CloseAsync();

        clock.Advance(TimeSpan.FromMinutes(1));
        await using EventClient third = await server.ConnectAsync("session=bob");
        (await third.NextIdsAsync(2)).Should().Equal(ids);
    }

    [Test]
    public async Task An_event_whose_time_to_live_ends_while_it_waits_does_not_come_again()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&window=1");
        await bob.SendAsync(new { type = "emit", @event = "test", to = "lobby", ttl = 150 });
        long id = (await bob.NextAsync("event")).Id();
        await NackAsync(bob, id, delay: 200);
        clock.Advance(200 * Millisecond);

        (await bob.IdsSoFarAsync()).Should().BeEmpty();
        await bob.SendAsync(new { type = "emit", @event = "test", to = "lobby" });
        (await bob.NextAsync("event")).Id().Should().BeGreaterThan(id);
    }

    // Once the ping is answered, the nack was applied.
    private static async Task NackAsync(EventClient client, long id, long? delay = null)
    {
        await client.SendAsync(delay is null ? new { type = "nack", id } : new { type = "nack", id, delay });
        await client.PingAsync();
    }
}
