using System.Diagnostics.Metrics;
using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>Events that a session gets too often become dead letters.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DeadLetterTests
{
    private readonly ManualTimeProvider _clock = new();

    [Test]
    public async Task An_event_nacked_too_often_becomes_a_dead_letter_with_all_its_fields()
    {
        await using TestServer server = await StartAsync(maxDeliveries: 3);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        await using EventClient ofBob = await server.ConnectAsync("session=operator&room=dead:bob");
        await using EventClient ofAll = await server.ConnectAsync("session=archive&room=dead:*");
        long id = await ofBob.EmitAsync("lobby", "job", new { text = "hello", bad = true });
        JsonElement first = await bob.NextAsync("event");
        await NackAsync(bob, id, times: 3);

        JsonElement letter = await ofBob.NextAsync("event");
        letter.GetProperty("event").GetString().Should().Be("dead_letter");
        letter.GetProperty("room").GetString().Should().Be("dead:bob");
        letter.TryGetProperty("from", out _).Should().BeFalse("it comes from the server");
        letter.GetProperty("data").GetRawText().Should().Be(
            $$"""{"id":{{id}},"event":"job","data":{"text":"hello","bad":true},"room":"lobby","from":"operator","time":"""
            + $$"""{{first.GetProperty("time")}},"session":"bob","deliveries":3}""");
        (await ofAll.NextAsync("event")).GetProperty("room").GetString().Should().Be("dead:*");

        await bob.ShouldHaveNoEventAsync();
        await bob.CloseAsync();
        await using EventClient back = await server.ConnectAsync("session=bob");
        back.Welcome.GetProperty("pending").GetInt32().Should().Be(0);
    }

    [Test]
    public async Task A_connection_that_ends_before_it_acknowledges_counts_as_a_delivery()
    {
        await using TestServer server = await StartAsync(maxDeliveries: 2);
        await using EventClient reader = await server.ConnectAsync("session=reader&room=dead:bob");
        await using EventClient first = await server.ConnectAsync("session=bob&room=lobby");
        long id = await reader.EmitAsync("lobby");
        (await first.NextIdsAsync(1)).Should().Equal(id);
        await using EventClient second = await server.ConnectAsync("session=bob");
        (await second.NextIdsAsync(1)).Should().Equal(id);
        await reader.ShouldHaveNoEventAsync();

        await using EventClient third = await server.ConnectAsync("session=bob");

        (await reader.NextAsync("event")).GetProperty("data").GetProperty("id").GetInt64().Should().Be(id);
        await third.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task A_dead_letter_concerns_only_its_session_and_later_events_continue()
    {
        await using TestServer server = await StartAsync(maxDeliveries: 2);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&window=1");
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        List<long> ids = [await alice.EmitAsync("lobby"), await alice.EmitAsync("lobby")];
        await bob.NextIdsAsync(1);
        await NackAsync(bob, ids[0], times: 1);
        (await bob.NextIdsAsync(1)).Should().Equal(ids[1]);
        await bob.SendAsync(new { type = "ack", id = ids[1] });
        (await bob.NextIdsAsync(1)).Should().Equal(ids[0]);
        await NackAsync(bob, ids[0], times: 1);
        ids.Add(await alice.EmitAsync("lobby"));
        (await bob.NextIdsAsync(1)).Should().Equal(ids[2]);

        (await alice.NextIdsAsync(3)).Should().Equal(ids);
        await alice.CloseAsync();
        await using EventClient back = await server.ConnectAsync("session=alice");
        (await back.NextIdsAsync(3)).Should().Equal(ids);
    }

    [Test]
    public async Task Many_dead_letters_at_once_arrive_in_order_whatever_their_size()
    {
        const int Count = 40;
        await using TestServer server = await StartAsync(maxDeliveries: 1);
        await using EventClient reader = await server.ConnectAsync("session=reader&room=dead:bob");
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        string data = new('x', 100_000);
        List<long> ids = [];
        while (ids.Count < Count)
        {
            ids.Add(await reader.EmitAsync("lobby", data: data));
        }

        (await bob.NextIdsAsync(Count)).Should().Equal(ids);
        await bob.SendAsync(new { type = "nack", id = ids });

        for (int i = 0; i < Count; i++)
        {
            (await reader.NextAsync("event")).GetProperty("data").GetProperty("id").GetInt64().Should().Be(ids[i]);
        }

        await using EventClient back = await server.ConnectAsync("session=bob");
        back.Welcome.GetProperty("pending").GetInt32().Should().Be(0);
    }

    [Test]
    public async Task The_reader_of_dead_letters_has_no_delivery_limit()
    {
        await using TestServer server = await StartAsync(maxDeliveries: 1);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&room=dead:bob");
        await NackAsync(bob, await NextAsync(bob, await bob.EmitAsync("lobby")), times: 1);
        long letter = (await bob.NextAsync("event")).Id();

        for (int i = 0; i < 5; i++)
        {
            await NackAsync(bob, letter, times: 1);
            (await bob.NextIdsAsync(1)).Should().Equal(letter);
        }
    }

    [Test]
    public async Task After_a_restart_a_dead_letter_is_pending_for_its_readers_only()
    {
        using TemporaryDirectory data = new();
        long id;
        await using (TestServer server = await ClockServer.StartAsync(_clock, data, options => options.MaxDeliveries = 1))
        {
            await using EventClient reader = await server.ConnectAsync("session=reader&room=dead:bob");
            await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
            id = await NextAsync(bob, await bob.EmitAsync("lobby"));
            await NackAsync(bob, id, times: 1);
            await reader.NextIdsAsync(1);
        }

        await using TestServer again = await ClockServer.StartAsync(_clock, data);
        await using EventClient readerBack = await again.ConnectAsync("session=reader");
        await using EventClient bobBack = await again.ConnectAsync("session=bob");
        (await readerBack.NextAsync("event")).GetProperty("data").GetProperty("id").GetInt64().Should().Be(id);
        bobBack.Welcome.GetProperty("pending").GetInt32().Should().Be(0);
    }

    [Test]
    public async Task Joining_the_room_of_dead_letters_needs_permission_like_any_other()
    {
        List<string> asked = [];
        await using TestServer server = await TestServer.StartAsync(options => options.AuthorizeJoin = request =>
        {
            asked.Add(request.Room);
            return ValueTask.FromResult(false);
        });
        await using EventClient eve = await server.ConnectAsync("session=eve");

        await eve.SendAsync(new { type = "join", room = "dead:bob" });

        (await eve.NextAsync("error")).GetProperty("code").GetString().Should().Be("forbidden");
        asked.Should().Equal("dead:bob");
    }

    [Test]
    public async Task By_default_there_is_no_delivery_limit()
    {
        await using TestServer server = await StartAsync(maxDeliveries: 0);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&room=dead:bob");
        long id = await NextAsync(bob, await bob.EmitAsync("lobby"));

        for (int i = 0; i < 30; i++)
        {
            await NackAsync(bob, id, times: 1);
            (await bob.NextIdsAsync(1)).Should().Equal(id);
        }
    }

    [Test]
    public async Task Every_dead_letter_is_counted()
    {
        await using TestServer server = await StartAsync(maxDeliveries: 1);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&room=dead:bob");
        await NackAsync(bob, await NextAsync(bob, await bob.EmitAsync("lobby")), times: 1);
        await bob.NextIdsAsync(1);

        long counted = 0;
        using MeterListener listener = new();
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => counted += value);
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter == server.Server.Core.Metrics.Meter && instrument.Name == "messagequeue.dead_letters")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.Start();
        listener.RecordObservableInstruments();

        counted.Should().Be(1);
    }

    private static async Task<long> NextAsync(EventClient client, long id)
    {
        (await client.NextIdsAsync(1)).Should().Equal(id);
        return id;
    }

    private Task<TestServer> StartAsync(int maxDeliveries) =>
        ClockServer.StartAsync(_clock, options => options.MaxDeliveries = maxDeliveries);

    // Receives the event again before each further nack, and waits for the longest delay each time.
    private async Task NackAsync(EventClient client, long id, int times)
    {
        for (int i = 0; i < times; i++)
        {
            if (i > 0)
            {
                (await client.NextIdsAsync(1)).Should().Equal(id);
            }

            await client.SendAsync(new { type = "nack", id });
            await client.PingAsync();
            _clock.Advance(TimeSpan.FromSeconds(30));
        }
    }
}
