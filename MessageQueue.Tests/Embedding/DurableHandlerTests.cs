using System.Collections.Concurrent;
using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

/// <summary>Handlers whose events are stored before they run.</summary>
internal sealed class DurableHandlerTests
{
    private static readonly HandlerOptions Durable = new() { Durable = true };

    [Test]
    public async Task The_acknowledgement_has_the_events_number_and_comes_when_the_handler_has_finished()
    {
        await using TestServer server = await TestServer.HandlingAsync(mq =>
            mq.Of("/").On<int, ReceivedEvent>("work", (session, number, work) =>
                Task.FromResult<object?>($"{session.Name} {number} {work.Reference} {work.Number > 0}"), Durable));
        await using EventClient alice = await server.ConnectAsync("session=alice");

        JsonElement ack = await AskAsync(alice, "work", "1", 7);
        JsonElement again = await AskAsync(alice, "work", "1", 7);

        ack.GetProperty("data").GetString().Should().Be("alice 7 1 True");
        again.GetProperty("data").GetString().Should().Be("alice 7 1 True");
        again.GetProperty("duplicate").GetBoolean().Should().BeTrue();
        again.GetProperty("id").GetInt64().Should().Be(ack.GetProperty("id").GetInt64());
    }

    [Test]
    public async Task After_a_restart_only_unfinished_handlers_run_again_in_order()
    {
        using TemporaryDirectory data = new();
        BlockingCollection<(int Number, long Id, bool Again)> runs = [];
        TaskCompletionSource never = new();
        await using (TestServer server = await TestServer.HandlingAsync(data, mq => mq.Of("/").On<int, ReceivedEvent>(
            "work",
            async (session, number, work) =>
            {
                runs.Add((number, work.Number, work.Redelivered));
                await (number == 0 ? Task.CompletedTask : never.Task);
            },
            Durable)))
        {
            await using EventClient alice = await server.ConnectAsync("session=alice");
            await AskAsync(alice, "work", "0", 0);
            for (int i = 1; i < 4; i++)
            {
                await alice.SendAsync(new { type = "emit", @event = "work", id = $"{i}", data = i });
            }

            await alice.PingAsync();
        }

        (int Number, long Id, bool Again)[] first = [Next(), Next()];
        first.Select(run => run.Number).Should().Equal(0, 1);
        first.Should().OnlyContain(run => !run.Again);

        await using TestServer back = await TestServer.HandlingAsync(data, mq => mq.Of("/").On<int, ReceivedEvent>(
            "work",
            (session, number, work) =>
            {
                runs.Add((number, work.Number, work.Redelivered));
                return Task.FromResult<object?>(session.Name);
            },
            Durable));
        (int Number, long Id, bool Again)[] second = [Next(), Next(), Next()];
        second.Select(run => run.Number).Should().Equal(1, 2, 3);
        second[0].Id.Should().Be(first[1].Id);
        second[0].Again.Should().BeTrue();

        await using EventClient returned = await back.ConnectAsync("session=alice");
        JsonElement repeated = await AskAsync(returned, "work", "3", 3);
        repeated.GetProperty("id").GetInt64().Should().Be(second[2].Id);
        repeated.GetProperty("duplicate").GetBoolean().Should().BeTrue();
        runs.Should().BeEmpty();

        (int Number, long Id, bool Again) Next() => runs.TryTake(out (int, long, bool) run, Timeouts.Limit)
            ? run
            : throw new TimeoutException();
    }

    [Test]
    public async Task A_handler_that_throws_runs_MaxAttempts_times()
    {
        int runs = 0;
        await using TestServer server = await TestServer.HandlingAsync(mq =>
        {
            mq.Of("/").On(
                "flaky",
                session => ++runs < 3 ? throw new InvalidOperationException("not yet") : Task.FromResult<object?>(runs),
                new HandlerOptions { Durable = true, MaxAttempts = 3, RetryDelay = TimeSpan.Zero });
            mq.Of("/").On("broken", session => Task.FromException(new InvalidOperationException()),
                new HandlerOptions { Durable = true, MaxAttempts = 1 });
        });
        server.ToleratesErrors = true;
        await using EventClient alice = await server.ConnectAsync("session=alice");

        (await AskAsync(alice, "flaky", "1", null)).GetProperty("data").GetInt32().Should().Be(3);
        await alice.SendAsync(new { type = "emit", @event = "broken", id = "2" });
        (await alice.NextAsync("error")).GetProperty("code").GetString().Should().Be("failed");
    }

    [Test]
    public async Task Clients_can_neither_connect_as_the_servers_own_session_nor_emit_to_it()
    {
        await using TestServer server = await TestServer.HandlingAsync(
            mq => mq.Of("/").On("work", session => Task.CompletedTask, Durable),
            options => options.AuthorizeOperate = _ => ValueTask.FromResult(true));
        await using EventClient alice = await server.ConnectAsync("session=alice");
        await using EventClient nobody = await server.OpenAsync("session=");

        await alice.SendAsync(new { type = "emit", @event = "work", to = "@", id = "1" });
        await alice.EmitAsync("*");

        (await alice.NextAsync("error")).GetProperty("code").GetString().Should().Be("bad_message");
        (await nobody.CloseCodeAsync()).Should().Be(1008);
        (await server.Server.Of("/").SessionsAsync().OrTimeout()).Should().OnlyContain(session => session.Name != "");
        (await HttpReply.GetAsync($"{server.Url}/-/sessions")).Body.GetProperty("total").GetInt32().Should().Be(1);
    }

    [Test]
    public async Task Durable_handlers_do_not_count_against_the_sessions_of_clients()
    {
        using TemporaryDirectory data = new();
        await using (TestServer before = await TestServer.StartAsync(data))
        {
            await using EventClient alice = await before.ConnectAsync("session=alice");
        }

        await using TestServer server = await TestServer.HandlingAsync(
            mq => mq.Of("/").On("work", session => Task.FromResult<object?>("done"), Durable),
            options =>
            {
                options.Durability = Durability.Fsync;
                options.DataDirectory = data.FullName;
                options.MaxSessions = 1;
            });
        await using EventClient back = await server.ConnectAsync("session=alice");

        (await AskAsync(back, "work", "1", null)).GetProperty("data").GetString().Should().Be("done");
    }

    private static async Task<JsonElement> AskAsync(EventClient client, string name, string id, object? data)
    {
        await client.SendAsync(new { type = "emit", @event = name, id, data });
        return await client.NextAsync("ack");
    }
}
