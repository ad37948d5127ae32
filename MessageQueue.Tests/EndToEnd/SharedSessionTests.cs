using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>Several connections of one session: <c>mode=shared</c>, and which connection takes over from which.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SharedSessionTests
{
    private const string Shared = "session=work&room=jobs&mode=shared";

    [Test]
    public async Task Each_event_goes_to_one_connection_in_turn()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient one = await server.ConnectAsync(Shared);
        await using EventClient two = await server.ConnectAsync(Shared);
        await using EventClient three = await server.ConnectAsync(Shared);
        await using EventClient sender = await server.ConnectAsync();

        long[] ids = await sender.EmitManyAsync("jobs", 9);

        List<long>[] got = [await one.NextIdsAsync(3), await two.NextIdsAsync(3), await three.NextIdsAsync(3)];
        got.SelectMany(some => some).Should().BeEquivalentTo(ids);
        got.Should().AllSatisfy(some => some.Should().BeInAscendingOrder());
        (await one.IdsSoFarAsync()).Should().BeEmpty();
    }

    [Test]
    public async Task A_slow_connection_does_not_delay_a_fast_one()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient slow = await server.ConnectAsync(Shared + "&window=1");
        await using EventClient fast = await server.ConnectAsync(Shared + "&window=1");
        await using EventClient sender = await server.ConnectAsync();

        long[] ids = await sender.EmitManyAsync("jobs", 20);
        long held = (await slow.NextIdsAsync(1))[0];
        List<long> done = [];
        while (done.Count < 19)
        {
            done.AddRange(await fast.NextIdsAsync(1));
            await fast.SendAsync(new { type = "ack", id = done[^1] });
        }

        done.Append(held).Should().BeEquivalentTo(ids);
        done.Should().BeInAscendingOrder();
        (await slow.IdsSoFarAsync()).Should().BeEmpty();
    }

    [Test]
    public async Task Unacknowledged_events_of_a_lost_connection_go_to_another_at_once()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient stays = await server.ConnectAsync(Shared);
        await using EventClient dies = await server.ConnectAsync(Shared);
        long[] ids = await stays.EmitManyAsync("jobs", 4);
        List<long> first = await stays.NextIdsAsync(2);
        List<long> left = await dies.NextIdsAsync(2);
        await dies.SendAsync(new { type = "ack", id = left[0] });
        await dies.PingAsync();

        await dies.DisposeAsync();

        JsonElement taken = await stays.NextAsync("event");
        taken.Id().Should().Be(left[1]);
        taken.Has("redelivered").Should().BeTrue();
        (await stays.IdsSoFarAsync()).Should().BeEmpty("{0} were never lost and {1} was acknowledged", first, left[0]);
        ids.Should().Contain(left);
    }

    [Test]
    public async Task An_event_that_waits_for_a_window_goes_to_the_first_connection_with_room()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient full = await server.ConnectAsync(Shared + "&window=1");
        long[] ids = await full.EmitManyAsync("jobs", 3);
        (await full.IdsSoFarAsync()).Should().Equal(ids[0]);

        await using EventClient late = await server.ConnectAsync(Shared);

        (await late.NextIdsAsync(2)).Should().Equal(ids[1], ids[2]);
        late.Welcome.GetProperty("pending").GetInt32().Should().Be(3);
    }

    [Test]
    public async Task Up_to_covers_only_events_of_this_connection_and_an_id_any_event()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient one = await server.ConnectAsync(Shared);
        await using EventClient two = await server.ConnectAsync(Shared);
        await one.EmitManyAsync("jobs", 6);
        List<long> ofOne = await one.NextIdsAsync(3);
        List<long> ofTwo = await two.NextIdsAsync(3);

        await two.SendAsync(new { type = "ack", upTo = 999_999 });
        await two.SendAsync(new { type = "ack", id = ofOne[1] });
        await two.PingAsync();
        await using EventClient alone = await server.ConnectAsync("session=work");

        alone.Welcome.GetProperty("pending").GetInt32().Should().Be(2);
        (await alone.NextIdsAsync(2)).Should().Equal(ofOne[0], ofOne[2]);
        ofTwo.Should().NotContain(ofOne);
    }

    [Test]
    public async Task A_nacked_event_may_go_to_another_connection()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock);
        await using EventClient one = await server.ConnectAsync(Shared);
        await using EventClient two = await server.ConnectAsync(Shared);
        long id = await one.EmitAsync("jobs");
        await one.NextIdsAsync(1);

        await one.SendAsync(new { type = "nack", id });
        await one.PingAsync();
        clock.Advance(TimeSpan.FromMilliseconds(100));

        (await two.NextIdsAsync(1)).Should().Equal(id);
    }

    [Test]
    public async Task An_exclusive_connection_takes_over_from_all_shared_ones()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient one = await server.ConnectAsync(Shared);
        await using EventClient two = await server.ConnectAsync(Shared);
        long[] ids = await one.EmitManyAsync("jobs", 4);
        await one.NextIdsAsync(2);

        await using EventClient alone = await server.ConnectAsync("session=work");

        (await one.CloseCodeAsync()).Should().Be(4001);
        (await two.CloseCodeAsync()).Should().Be(4001);
        (await alone.NextIdsAsync(4)).Should().Equal(ids);
    }

    [Test]
    public async Task A_shared_connection_takes_over_from_an_exclusive_one()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alone = await server.ConnectAsync("session=work&room=jobs");
        long id = await alone.EmitAsync("jobs");

        await using EventClient one = await server.ConnectAsync(Shared);
        await using EventClient two = await server.ConnectAsync(Shared);

        (await alone.CloseCodeAsync()).Should().Be(4001);
        (await one.NextIdsAsync(1)).Should().Equal(id);
        await two.PingAsync();
    }

    [Test]
    public async Task A_shared_session_is_disconnected_when_its_last_connection_ends()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(
            clock, options => options.NamedSessionExpiry = TimeSpan.FromMinutes(1));
        await using EventClient one = await server.ConnectAsync(Shared);
        await using EventClient two = await server.ConnectAsync(Shared);

        await one.CloseAsync();
        clock.Advance(TimeSpan.FromMinutes(5));
        await two.EmitAsync("jobs");
        await two.NextIdsAsync(1);
        await two.CloseAsync();

        await using (EventClient back = await server.ConnectAsync(Shared))
        {
            back.Welcome.GetProperty("resumed").GetBoolean().Should().BeTrue();
            await back.CloseAsync();
        }

        await using EventClient other = await server.ConnectAsync();
        clock.Advance(TimeSpan.FromMinutes(5));
        await other.PingAsync();
        await using EventClient late = await server.ConnectAsync(Shared);
        late.Welcome.GetProperty("resumed").GetBoolean().Should().BeFalse("nobody was connected for longer than a session is kept");
    }

    [Test]
    public async Task A_volatile_event_goes_to_only_one_of_the_connections()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient one = await server.ConnectAsync(Shared);
        await using EventClient two = await server.ConnectAsync(Shared);

        await one.SendAsync(new { type = "emit", @event = "tick", to = "jobs", @volatile = true });
        await one.SendAsync(new { type = "emit", @event = "tick", to = "jobs", @volatile = true });
        await one.PingAsync();

        (await one.EventsSoFarAsync()).Should().ContainSingle();
        (await two.EventsSoFarAsync()).Should().ContainSingle();
    }

    [Test]
    public async Task Ending_a_shared_session_closes_all_its_connections()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient one = await server.ConnectAsync(Shared);
        await using EventClient two = await server.ConnectAsync(Shared);

        await one.SendAsync(new { type = "end", id = "over" });

        (await one.NextAsync("ack")).GetProperty("ref").GetString().Should().Be("over");
        (await one.CloseCodeAsync()).Should().Be(4002);
        (await two.CloseCodeAsync()).Should().Be(4002);
    }
}
