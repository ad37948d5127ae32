using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

/// <summary>Emitting an event again that may have been stored already.</summary>
internal sealed class EmitIdTests
{
    private static readonly HandlerOptions Durable = new() { Durable = true, MaxAttempts = 3, RetryDelay = TimeSpan.Zero };

    [Test]
    public async Task A_repeated_id_stores_nothing_and_returns_the_first_number_after_a_restart_too()
    {
        using TemporaryDirectory data = new();
        long first;
        await using (TestServer server = await TestServer.StartAsync(data))
        {
            await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
            Namespace ns = server.Server.Of("/");
            first = await ns.To("lobby").Id("order-17").EmitAsync("news", 1).OrTimeout();
            (await ns.To("lobby").Id("order-17").EmitAsync("news", 2).OrTimeout()).Should().Be(first);
            (await server.Server.Of("/other").Id("order-17").EmitAsync("news").OrTimeout())
                .Should().BeGreaterThan(first, "it is another namespace's");
            await alice.NextAsync("event");
            await alice.ShouldHaveNoEventAsync();
        }

        await using TestServer back = await TestServer.StartAsync(data);
        (await back.Server.Of("/").Id("order-17").EmitAsync("news").OrTimeout()).Should().Be(first);
    }

    [Test]
    public async Task Volatile_emits_and_questions_cannot_have_an_id()
    {
        await using TestServer server = await TestServer.StartAsync();
        Namespace ns = server.Server.Of("/");

        await FluentActions.Awaiting(() => ns.Volatile.Id("1").EmitAsync("x")).Should().ThrowAsync<InvalidOperationException>();
        await FluentActions.Awaiting(() => ns.Id("1").EmitWithAckAsync<int>("x", null, Timeouts.Limit))
            .Should().ThrowAsync<InvalidOperationException>();
        ns.Invoking(target => target.Id("")).Should().Throw<ArgumentException>();
        ns.Invoking(target => target.Id(new string('x', 129))).Should().Throw<ArgumentException>();
    }

    [Test]
    public async Task What_a_durable_handler_emits_is_stored_once_even_if_it_runs_again()
    {
        using TemporaryDirectory data = new();
        TaskCompletionSource emitted = new();
        TaskCompletionSource never = new();
        List<long> numbers = [];
        int runs = 0;
        await using (TestServer server = await TestServer.HandlingAsync(data, mq => mq.Of("/").On("work", Work, Durable)))
        {
            await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby&room=hall");
            await alice.SendAsync(new { type = "emit", @event = "work", id = "1" });
            await emitted.Task.OrTimeout();
        }

        await using TestServer back = await TestServer.HandlingAsync(data, mq => mq.Of("/").On("work", Work, Durable));
        await using EventClient returned = await back.ConnectAsync("session=alice");
        List<long> received = await returned.NextIdsAsync(4);
        await returned.SendAsync(new { type = "emit", @event = "work", id = "1" });
        await returned.NextAsync("ack");
        await returned.ShouldHaveNoEventAsync();
        runs.Should().Be(3);
        received.Should().OnlyHaveUniqueItems();
        numbers.Distinct().Should().BeEquivalentTo(received);

        async Task Work(Session session)
        {
            runs++;
            // To different rooms at the same time, and each of them twice: two events.
            Task<long>[] emits = [session.Namespace.To("lobby").EmitAsync("a", runs), session.Namespace.To("hall").EmitAsync("a", runs)];
            numbers.AddRange(await Task.WhenAll(emits));
            numbers.Add(await session.EmitAsync("b", Guid.NewGuid()));
            numbers.Add(await session.EmitAsync("b", Guid.NewGuid()));
            if (runs == 1)
            {
                throw new InvalidOperationException("once more");
            }

            if (runs == 2)
            {
                emitted.SetResult();
                await never.Task;
            }
        }
    }

    [Test]
    public async Task What_another_handler_emits_is_stored_once_if_the_client_repeats_its_id()
    {
        bool fails = true;
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of("/").On("message", async session =>
        {
            await session.Namespace.To("lobby").EmitAsync("message");
            if (fails)
            {
                throw new InvalidOperationException("after the emit");
            }
        }));
        server.ToleratesErrors = true;
        await using EventClient alice = await server.ConnectAsync("session=alice");
        await using EventClient reader = await server.ConnectAsync("session=reader&room=lobby");

        await alice.SendAsync(new { type = "emit", @event = "message", id = "1" });
        await alice.NextAsync("error");
        fails = false;
        await alice.SendAsync(new { type = "emit", @event = "message", id = "1" });
        await alice.NextAsync("ack");
        await alice.SendAsync(new { type = "emit", @event = "message", id = "2" });
        await alice.NextAsync("ack");
        await alice.SendAsync(new { type = "emit", @event = "message" });
        await alice.SendAsync(new { type = "emit", @event = "message" });

        await reader.NextIdsAsync(4);
        await alice.PingAsync();
        await reader.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task What_a_handler_left_running_has_no_id_of_its_own()
    {
        TaskCompletionSource returned = new();
        TaskCompletionSource<long> late = new();
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of("/").On("work", session =>
        {
            _ = Task.Run(async () =>
            {
                await returned.Task;
                late.TrySetResult(await session.EmitAsync("late"));
            });
            return Task.CompletedTask;
        }, Durable));
        await using EventClient alice = await server.ConnectAsync("session=alice");

        await alice.SendAsync(new { type = "emit", @event = "work", id = "1" });
        JsonElement ack = await alice.NextAsync("ack");
        returned.SetResult();

        (await late.Task.OrTimeout()).Should().BeGreaterThan(ack.GetProperty("id").GetInt64());
    }

    [Test]
    public async Task A_handler_that_runs_again_asks_again()
    {
        int runs = 0;
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of("/").On("work", async session =>
        {
            int answer = await session.EmitWithAckAsync<int>("question", null, Timeouts.Limit);
            return (object?)(++runs < 2 ? throw new InvalidOperationException("once more") : answer);
        }, Durable));
        await using EventClient alice = await server.ConnectAsync("session=alice");

        await alice.SendAsync(new { type = "emit", @event = "work", id = "1" });
        foreach (int answer in new[] { 1, 2 })
        {
            long question = (await alice.NextAsync("event")).GetProperty("id").GetInt64();
            await alice.SendAsync(new { type = "ack", id = question, data = answer });
        }

        (await alice.NextAsync("ack")).GetProperty("data").GetInt32().Should().Be(2);
    }
}
