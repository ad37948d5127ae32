using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>A stop and a start on the same directory. For kills, see <see cref="Crash.KillTests"/>.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RestartTests : IDisposable
{
    private readonly TemporaryDirectory _data = new();

    public void Dispose() => _data.Dispose();

    [Test]
    public async Task After_a_restart_sessions_have_their_rooms_and_pending_events()
    {
        List<long> ids = [];
        string store;
        await using (TestServer server = await TestServer.StartAsync(_data))
        {
            await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
            await using EventClient bob = await server.ConnectAsync("session=bob");
            store = bob.Welcome.GetProperty("log").GetString()!;
            for (int i = 0; i < 3; i++)
            {
                ids.Add(await bob.EmitAsync("lobby", id: $"{i}"));
            }

            await alice.NextIdsAsync(3);
            await alice.SendAsync(new { type = "ack", id = ids[1] });
            await alice.PingAsync();
        }

        await using TestServer again = await TestServer.StartAsync(_data);
        await using EventClient bobAgain = await again.ConnectAsync("session=bob");
        await using EventClient aliceAgain = await again.ConnectAsync("session=alice");

        aliceAgain.Welcome.GetProperty("resumed").GetBoolean().Should().BeTrue();
        aliceAgain.Welcome.GetProperty("log").GetString().Should().Be(store);
        aliceAgain.Welcome.GetProperty("pending").GetInt64().Should().Be(2);
        foreach (long id in (long[])[ids[0], ids[2]])
        {
            var received = await aliceAgain.NextAsync("event");
            received.GetProperty("id").GetInt64().Should().Be(id);
            received.GetProperty("redelivered").GetBoolean().Should().BeTrue("it was sent before the stop");
        }

        long repeated = await bobAgain.EmitAsync("lobby", id: "2");
        repeated.Should().Be(ids[2], "references survive a restart");
        long fresh = await bobAgain.EmitAsync("lobby");
        fresh.Should().BeGreaterThan(ids[2], "no number is given twice");
        (await aliceAgain.NextIdsAsync(1)).Should().Equal(fresh);
    }

    [Test]
    public async Task More_pending_events_than_the_cache_holds_come_from_many_segments_on_disk()
    {
        const int Count = 3000;
        object message = new { type = "emit", @event = "e", to = "lobby", data = new string('x', 1000) };
        await using (TestServer server = await TestServer.StartAsync(_data, Small))
        {
            await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
            await alice.CloseAsync();
            await using EventClient bob = await server.ConnectAsync("session=bob");
            for (int i = 0; i < Count; i++)
            {
                await bob.SendAsync(message);
            }

            await bob.PingAsync();
        }

        await using TestServer again = await TestServer.StartAsync(_data, Small);
        await using EventClient aliceAgain = await again.ConnectAsync("session=alice&window=100");
        aliceAgain.Welcome.GetProperty("pending").GetInt64().Should().Be(Count);
        List<long> ids = [];
        for (int i = 0; i < Count; i++)
        {
            ids.AddRange(await aliceAgain.NextIdsAsync(1));
            await aliceAgain.SendAsync(new { type = "ack", upTo = ids[^1] });
        }

        ids.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        await aliceAgain.ShouldHaveNoEventAsync();

        static void Small(MessageQueueOptions options)
        {
            options.SegmentBytes = 1 << 20;
            options.MaxMessageBytes = 64 << 10;
            options.EventCacheBytes = 64 << 10;
        }
    }

    [Test]
    public async Task Stopping_closes_clients_with_1001_after_their_last_events()
    {
        TestServer server = await TestServer.StartAsync(_data);
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        long sent = await alice.EmitAsync("lobby");

        await server.DisposeAsync();

        (await alice.CloseCodeAsync()).Should().Be(1001);
        (await alice.NextIdsAsync(1)).Should().Equal(sent);
        server.Server.Completion.IsCompletedSuccessfully.Should().BeTrue();
    }

    [Test]
    public async Task A_second_server_on_the_directory_is_refused_with_the_id_of_the_first()
    {
        await using TestServer first = await TestServer.StartAsync(_data);

        Func<Task> second = () => TestServer.StartAsync(_data);

        (await second.Should().ThrowAsync<LogLockedException>()).WithMessage($"*{Environment.ProcessId}*");
    }
}
