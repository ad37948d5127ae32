using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary><c>ttl</c>: after this many milliseconds an event is no longer delivered.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TimeToLiveTests
{
    private readonly ManualTimeProvider _clock = new();

    [Test]
    public async Task An_event_is_delivered_before_its_ttl_ends()
    {
        await using TestServer server = await ClockServer.StartAsync(_clock);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        await EmitAsync(bob, ttl: 1000);
        await bob.NextIdsAsync(1);

        _clock.Advance(TimeSpan.FromMilliseconds(999));
        await using EventClient again = await server.ConnectAsync("session=bob");

        again.Welcome.GetProperty("pending").GetInt32().Should().Be(1);
        await again.NextIdsAsync(1);
    }

    [Test]
    public async Task A_session_that_returns_after_the_ttl_does_not_get_the_event()
    {
        await using TestServer server = await ClockServer.StartAsync(_clock);
        await using EventClient alice = await server.ConnectAsync("session=alice");
        await using (EventClient gone = await server.ConnectAsync("session=bob&room=lobby"))
        {
            await gone.CloseAsync();
        }

        await EmitAsync(alice, ttl: 1000);
        long kept = await alice.EmitAsync("lobby");
        _clock.Advance(TimeSpan.FromMilliseconds(1000));

        await using EventClient back = await server.ConnectAsync("session=bob");
        back.Welcome.GetProperty("pending").GetInt32().Should().Be(1);
        (await back.NextIdsAsync(1)).Should().Equal(kept);
    }

    [Test]
    public async Task An_event_whose_ttl_ends_in_flight_stays_until_the_connection_ends_and_does_not_come_again()
    {
        await using TestServer server = await ClockServer.StartAsync(_clock);
        await using EventClient first = await server.ConnectAsync("session=bob&room=lobby");
        long brief = await EmitAsync(first, ttl: 1000);
        long kept = await first.EmitAsync("lobby");
        (await first.NextIdsAsync(2)).Should().Equal(brief, kept);
        _clock.Advance(TimeSpan.FromMilliseconds(1000));

        await using EventClient second = await server.ConnectAsync("session=bob");

        second.Welcome.GetProperty("pending").GetInt32().Should().Be(1);
        (await second.NextIdsAsync(1)).Should().Equal(kept);
        await second.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task An_event_that_waits_for_a_window_expires_too()
    {
        await using TestServer server = await ClockServer.StartAsync(_clock);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&window=1");
        long first = await bob.EmitAsync("lobby");
        await EmitAsync(bob, ttl: 1000);
        long last = await bob.EmitAsync("lobby");
        await bob.NextIdsAsync(1);
        _clock.Advance(TimeSpan.FromMilliseconds(1000));

        await bob.SendAsync(new { type = "ack", id = first });

        (await bob.NextIdsAsync(1)).Should().Equal(last);
    }

    [Test]
    public async Task The_ttl_includes_the_time_of_a_restart()
    {
        using TemporaryDirectory data = new();
        long kept;
        await using (TestServer server = await ClockServer.StartAsync(_clock, data))
        {
            await using EventClient alice = await server.ConnectAsync("session=alice");
            await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&window=1");
            await EmitAsync(alice, ttl: 1000);
            await EmitAsync(alice, ttl: 1000);
            kept = await EmitAsync(alice, ttl: 10_000);
            await bob.NextIdsAsync(1);
        }

        _clock.Advance(TimeSpan.FromMilliseconds(1000));
        await using TestServer again = await ClockServer.StartAsync(_clock, data);
        await using EventClient back = await again.ConnectAsync("session=bob");

        back.Welcome.GetProperty("pending").GetInt32().Should().Be(1);
        (await back.NextIdsAsync(1)).Should().Equal(kept);
        await back.ShouldHaveNoEventAsync();
    }

    private static async Task<long> EmitAsync(EventClient client, long ttl)
    {
        await client.SendAsync(new { type = "emit", @event = "e", to = "lobby", ttl });
        return (await client.NextAsync("ack")).Id();
    }
}
