using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary><c>ack=auto</c>: at most once, and no window.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class AutomaticAckTests
{
    [Test]
    public async Task What_was_handed_to_the_output_is_not_sent_again()
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
    public async Task It_does_not_wait_for_a_window()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&ack=auto&window=1");

        long[] ids = await bob.EmitManyAsync("lobby", 20);

        (await bob.NextIdsAsync(20)).Should().Equal(ids);
    }

    [Test]
    public async Task It_takes_what_an_earlier_connection_left_unacknowledged()
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
    public async Task Its_progress_survives_a_restart()
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
