using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary><c>ack=auto</c>: at most once, and no window.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class AutomaticAckTests
{
    [Test]
    public async Task With_automatic_acknowledgement_an_event_is_not_sent_again()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient first = await server.ConnectAsync("session=bob&room=lobby&ack=auto");
        long[] ids = await first.EmitManyAsync("lobby", 3);
        (await first.NextIdsAsync(3)).Should().Equal(ids);

        await using EventClient second = await server.ConnectAsync("session=bob");

        second.Welcome.GetProperty("pending").GetInt32().Should().Be(0);
        (await second.IdsSoFarAsync()).Should().BeEmpty();
    }

    [Test]
    public async Task Automatic_acknowledgement_does_not_wait_for_a_window()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&ack=auto&window=1");

        long[] ids = await bob.EmitManyAsync("lobby", 20);

        (await bob.NextIdsAsync(20)).Should().Equal(ids);
    }

    [Test]
    public async Task Automatic_acknowledgement_covers_events_that_an_earlier_connection_left_unacknowledged()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient first = await server.ConnectAsync("session=bob&room=lobby");
        long[] ids = await first.EmitManyAsync("lobby", 2);
        await first.NextIdsAsync(2);

        await using EventClient second = await server.ConnectAsync("session=bob&ack=auto");
        (await second.NextIdsAsync(2)).Should().Equal(ids);
        await using EventClient third = await server.ConnectAsync("session=bob");

        third.Welcome.GetProperty("pending").GetInt32().Should().Be(0);
    }

    [Test]
    public async Task Each_connection_of_a_shared_session_has_its_own_ack_mode()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient careful = await server.ConnectAsync("session=bob&room=lobby&mode=shared");
        await using EventClient careless = await server.ConnectAsync("session=bob&mode=shared&ack=auto");
        long[] ids = await careful.EmitManyAsync("lobby", 4);
        List<long> pending = await careful.NextIdsAsync(2);
        List<long> settled = await careless.NextIdsAsync(2);
        settled.Concat(pending).Should().BeEquivalentTo(ids);

        await using EventClient alone = await server.ConnectAsync("session=bob");

        (await alone.NextIdsAsync(2)).Should().Equal(pending);
        await alone.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task Automatic_progress_survives_a_restart_beside_events_in_flight_on_another_connection()
    {
        using TemporaryDirectory data = new();
        long held;
        await using (TestServer server = await TestServer.StartAsync(data))
        {
            await using EventClient careful = await server.ConnectAsync("session=bob&room=lobby&mode=shared&window=1");
            await using EventClient careless = await server.ConnectAsync("session=bob&mode=shared&ack=auto");
            await careful.EmitManyAsync("lobby", 6);
            held = (await careful.NextIdsAsync(1))[0];
            await careless.NextIdsAsync(5);
        }

        await using TestServer again = await TestServer.StartAsync(data);
        await using EventClient back = await again.ConnectAsync("session=bob");

        back.Welcome.GetProperty("pending").GetInt32().Should().Be(1);
        (await back.NextIdsAsync(1)).Should().Equal(held);
        await back.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task Automatic_progress_survives_a_restart()
    {
        using TemporaryDirectory data = new();
        await using (TestServer server = await TestServer.StartAsync(data))
        {
            await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&ack=auto");
            await bob.EmitManyAsync("lobby", 5);
            await bob.NextIdsAsync(5);
        }

        await using TestServer again = await TestServer.StartAsync(data);
        await using EventClient back = await again.ConnectAsync("session=bob");

        back.Welcome.GetProperty("resumed").GetBoolean().Should().BeTrue();
        back.Welcome.GetProperty("pending").GetInt32().Should().Be(0);
    }
}
