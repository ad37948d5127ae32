using System.Collections.Concurrent;
using System.Text.Json;
using MessageQueue.Pipeline;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

/// <summary>Server code that sees every event that is emitted to rooms.</summary>
internal sealed class ObserverTests
{
    [Test]
    public async Task An_observer_sees_every_stored_event_of_clients_and_server_in_order_and_nothing_else()
    {
        BlockingCollection<ReceivedEvent> seen = [];
        await using TestServer server = await TestServer.HandlingAsync(mq =>
        {
            Observe(mq, seen);
            mq.Of("/").On("work", _ => Task.FromResult<object?>(1), new HandlerOptions { Durable = true });
        });
        Namespace home = server.Server.Of("/");
        await using EventClient alice = await server.ConnectAsync("session=alice");
        await using EventClient elsewhere = await server.ConnectAsync("session=alice", "/other");

        long first = await alice.EmitAsync(new[] { "lobby", "kitchen" }, "say", new { text = "hi" }, id: "r1");
        await alice.EmitAsync("lobby", id: "r1");
        await alice.SendAsync(new { type = "emit", @event = "lost", to = "@nobody", id = "r2" });
        await alice.SendAsync(new { type = "emit", @event = "now", to = "lobby", @volatile = true });
        await alice.SendAsync(new { type = "emit", @event = "work", id = "r3" });
        await elsewhere.EmitAsync("lobby");
        await alice.PingAsync();
        long second = await home.EmitAsync("all").OrTimeout();
        long third = (await HttpReply.PostAsync($"{server.Url}/?to=@alice&event=posted")).Body.GetProperty("id").GetInt64();
        long last = await home.To("lobby").EmitAsync("last").OrTimeout();

        ReceivedEvent[] events = [Next(seen), Next(seen), Next(seen), Next(seen)];
        events.Select(one => one.Number).Should().Equal(first, second, third, last);
        (events[0].Name, events[0].From, events[0].Reference, events[0].Redelivered).Should().Be(("say", "alice", "r1", false));
        events[0].To.Should().Equal("lobby", "kitchen");
        events[0].Read<JsonElement>().GetProperty("text").GetString().Should().Be("hi");
        events[1].To.Should().Equal("*");
        (events[2].From, events[2].To.Single()).Should().Be((null, "@alice"));
        seen.Should().BeEmpty();
    }

    [Test]
    public async Task An_observer_sees_dead_letters()
    {
        BlockingCollection<ReceivedEvent> seen = [];
        await using TestServer server = await TestServer.HandlingAsync(mq => Observe(mq, seen), options => options.MaxDeliveries = 1);
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");

        long number = await alice.EmitAsync("lobby");
        await alice.SendAsync(new { type = "nack", id = number });

        Next(seen).Number.Should().Be(number);
        Next(seen).To.Should().Equal("dead:alice", "dead:*");
    }

    [Test]
    public async Task After_a_restart_an_observer_gets_only_unfinished_events_again()
    {
        using TemporaryDirectory data = new();
        BlockingCollection<ReceivedEvent> seen = [];
        TaskCompletionSource never = new();
        long[] first;
        long[] sent;
        await using (TestServer server = await TestServer.HandlingAsync(data, mq => mq.Of("/").OnEmitted(one =>
        {
            seen.Add(one);
            return one.Read<int>() < 2 ? Task.CompletedTask : never.Task;
        })))
        {
            await using EventClient alice = await server.ConnectAsync("session=alice");
            sent = await alice.EmitManyAsync("lobby", 5);
            first = [Next(seen).Number, Next(seen).Number, Next(seen).Number];
        }

        first.Should().Equal(sent[..3]);
        BlockingCollection<ReceivedEvent> again = [];
        await using TestServer back = await TestServer.HandlingAsync(data, mq => Observe(mq, again));
        long later = await back.Server.Of("/").To("lobby").EmitAsync("later").OrTimeout();

        ReceivedEvent[] events = [Next(again), Next(again), Next(again), Next(again)];
        events.Select(one => one.Number).Should().Equal([.. sent[2..], later]);
        events[0].Redelivered.Should().BeTrue();
        events[3].Redelivered.Should().BeFalse();
    }

    [Test]
    public async Task An_observer_sees_what_handlers_emit_when_they_run_again_after_a_restart()
    {
        using TemporaryDirectory data = new();
        BlockingCollection<ReceivedEvent> seen = [];
        TaskCompletionSource running = new();
        TaskCompletionSource<object?> never = new();
        HandlerOptions durable = new() { Durable = true };
        await using (TestServer server = await TestServer.HandlingAsync(data, mq => mq.Of("/").On(
            "work",
            _ =>
            {
                running.SetResult();
                return never.Task;
            },
            durable)))
        {
            await using EventClient alice = await server.ConnectAsync("session=alice");
            await alice.SendAsync(new { type = "emit", @event = "work" });
            await running.Task.OrTimeout();
        }

        await using TestServer back = await TestServer.HandlingAsync(data, mq =>
        {
            mq.Of("/").On("work", async session => await session.Namespace.To("lobby").EmitAsync("again"), durable);
            Observe(mq, seen);
        });

        Next(seen).Name.Should().Be("again");
    }

    [Test]
    public async Task Pending_events_of_an_observer_that_retention_drops_are_an_error_in_the_log()
    {
        BlockingCollection<ReceivedEvent> seen = [];
        TaskCompletionSource mayGoOn = new();
        await using TestServer server = await TestServer.HandlingAsync(
            mq => mq.Of("/").OnEmitted(async one =>
            {
                await mayGoOn.Task;
                seen.Add(one);
            }),
            options => options.MaxBacklogPerSession = 10);
        server.ToleratesErrors = true;
        await using EventClient alice = await server.ConnectAsync("session=alice");
        long[] sent = await alice.EmitManyAsync("lobby", 1000);

        await server.TrimAsync();
        mayGoOn.SetResult();

        server.Errors.Should().ContainSingle()
            .Which.Should().Contain($"dropped events {sent[0]} to {sent[^11]} before the observer of namespace /");
        long last = 0;
        while (last < sent[^1])
        {
            last = Next(seen).Number;
        }
    }

    [Test]
    public async Task A_slow_observer_delays_nobody_and_misses_nothing()
    {
        const int Count = 3000;
        BlockingCollection<ReceivedEvent> seen = [];
        TaskCompletionSource mayGoOn = new();
        await using TestServer server = await TestServer.HandlingAsync(
            mq =>
            {
                mq.Of("/").OnEmitted(async one =>
                {
                    await mayGoOn.Task;
                    seen.Add(one);
                });
                mq.Of("/").On("work", _ => Task.FromResult<object?>("done"), new HandlerOptions { Durable = true });
            },
            options => options.EventCacheBytes = 64 << 10);
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby&window=8192");

        long[] sent = await alice.EmitManyAsync("lobby", Count);
        (await alice.NextIdsAsync(Count)).Should().Equal(sent);
        await alice.SendAsync(new { type = "emit", @event = "work", id = "w" });
        (await alice.NextAsync("ack")).GetProperty("data").GetString().Should().Be("done");

        seen.Should().BeEmpty();
        mayGoOn.SetResult();
        Enumerable.Range(0, Count).Select(_ => Next(seen).Number).Should().Equal(sent);
    }

    [Test]
    public async Task An_observer_that_throws_gets_the_event_MaxAttempts_times_and_then_the_next_one()
    {
        BlockingCollection<long> runs = [];
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of("/").OnEmitted(
            one =>
            {
                runs.Add(one.Number);
                return one.Name == "bad" ? throw new InvalidOperationException("no") : Task.CompletedTask;
            },
            new HandlerOptions { MaxAttempts = 3, RetryDelay = TimeSpan.Zero }));
        server.ToleratesErrors = true;
        Broadcast lobby = server.Server.Of("/").To("lobby");

        long bad = await lobby.EmitAsync("bad").OrTimeout();
        long good = await lobby.EmitAsync("good").OrTimeout();

        new[] { Next(runs), Next(runs), Next(runs), Next(runs) }.Should().Equal(bad, bad, bad, good);
    }

    [Test]
    public async Task The_session_of_observers_is_hidden_from_clients_and_server_code()
    {
        BlockingCollection<ReceivedEvent> seen = [];
        await using TestServer server = await TestServer.HandlingAsync(
            mq => Observe(mq, seen), options => options.AuthorizeOperate = _ => ValueTask.FromResult(true));
        Namespace home = server.Server.Of("/");
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");

        Task<Answers<int>> asking = home.To("lobby").EmitWithAckAsync<int>("question", null, Timeouts.Limit);
        await alice.SendAsync(new { type = "ack", id = (await alice.NextAsync("event")).GetProperty("id").GetInt64(), data = 42 });

        (await asking.OrTimeout()).Received.Should().ContainSingle().Which.Value.Should().Be(42);
        (await home.SessionsAsync().OrTimeout()).Should().ContainSingle();
        (await home.CountAsync("*").OrTimeout()).Should().Be(1);
        (await HttpReply.GetAsync($"{server.Url}/-/sessions")).Body.GetProperty("total").GetInt32().Should().Be(1);
        Next(seen).Name.Should().Be("question");
    }

    [Test]
    public async Task Each_of_several_observers_sees_every_event_from_its_registration_on()
    {
        BlockingCollection<ReceivedEvent> first = [];
        BlockingCollection<ReceivedEvent> second = [];
        await using TestServer server = await TestServer.StartAsync();
        Broadcast lobby = server.Server.Of("/").To("lobby");
        await lobby.EmitAsync("before").OrTimeout();

        Observe(server.Server, first);
        Observe(server.Server, second);
        // The session is created through the log. An event that is emitted after another command has gone through the log comes later.
        while (!server.Server.Of("/").Observers.IsAttached)
        {
            await server.AskAsync(state => state.Head);
        }

        long number = await lobby.EmitAsync("after").OrTimeout();

        Next(first).Number.Should().Be(number);
        Next(second).Number.Should().Be(number);
    }

    private static void Observe(MessageQueueServer server, BlockingCollection<ReceivedEvent> seen) => server.Of("/").OnEmitted(one =>
    {
        seen.Add(one);
        return Task.CompletedTask;
    });

    private static T Next<T>(BlockingCollection<T> seen) =>
        seen.TryTake(out T? next, Timeouts.Limit) ? next : throw new TimeoutException("Nothing more was seen.");
}
