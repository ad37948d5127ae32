using System.Collections.Concurrent;
using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

/// <summary>Events that a durable handler does not finish.</summary>
internal sealed class DurableExitTests
{
    [Test]
    public async Task An_event_whose_attempts_all_threw_becomes_a_dead_letter_with_all_its_fields()
    {
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of("/").On<int>(
            "order", (session, count) => Task.FromException(new InvalidOperationException()),
            new HandlerOptions { Durable = true, MaxAttempts = 2, RetryDelay = TimeSpan.Zero }));
        server.ToleratesErrors = true;
        await using EventClient reader = await server.ConnectAsync("session=reader&room=dead:handler:order");
        await using EventClient all = await server.ConnectAsync("session=all&room=dead:*");
        await using EventClient alice = await server.ConnectAsync("session=alice");

        await alice.SendAsync(new { type = "emit", @event = "order", data = 7, id = "ref-1" });

        (await alice.NextAsync("error")).GetProperty("code").GetString().Should().Be("failed");
        JsonElement letter = await LetterAsync(reader);
        letter.GetProperty("id").GetInt64().Should().BePositive();
        letter.GetProperty("event").GetString().Should().Be("order");
        letter.GetProperty("data").GetInt32().Should().Be(7);
        letter.GetProperty("from").GetString().Should().Be("alice");
        letter.GetProperty("ref").GetString().Should().Be("ref-1");
        letter.GetProperty("handler").GetString().Should().Be("order");
        letter.GetProperty("attempts").GetInt32().Should().Be(2);
        letter.GetProperty("reason").GetString().Should().Be("failed");
        letter.TryGetProperty("room", out _).Should().BeFalse("it was not sent to a room");
        (await LetterAsync(all)).GetRawText().Should().Be(letter.GetRawText());
    }

    [Test]
    public async Task Data_that_does_not_fit_becomes_a_dead_letter()
    {
        await using TestServer server = await TestServer.HandlingAsync(
            mq => mq.Of("/").On<int>("order", (session, count) => Task.CompletedTask, new HandlerOptions { Durable = true }));
        server.ToleratesErrors = true;
        await using EventClient reader = await server.ConnectAsync("session=reader&room=dead:*");
        await using EventClient alice = await server.ConnectAsync("session=alice");

        await alice.SendAsync(new { type = "emit", @event = "order", data = "seven", id = "1" });

        (await alice.NextAsync("error")).GetProperty("code").GetString().Should().Be("bad_message");
        (await LetterAsync(reader)).GetProperty("reason").GetString().Should().Be("bad_message");
    }

    [Test]
    public async Task A_run_that_the_end_of_the_process_interrupted_counts_as_an_attempt_and_waiting_events_do_not()
    {
        using TemporaryDirectory data = new();
        BlockingCollection<int> begun = [];
        TaskCompletionSource never = new();
        HandlerOptions options = new() { Durable = true, MaxAttempts = 3 };
        for (int life = 1; life <= 3; life++)
        {
            await using TestServer server = await TestServer.HandlingAsync(data, mq => mq.Of("/").On<int>("order", Work, options));
            if (life == 1)
            {
                await using EventClient alice = await server.ConnectAsync("session=alice");
                await using EventClient reader = await server.ConnectAsync("session=reader&room=dead:*");
                foreach (int number in new[] { 0, 1, 2 })
                {
                    await alice.SendAsync(new { type = "emit", @event = "order", data = number, id = $"{number}" });
                }

                await alice.PingAsync();
            }

            Next().Should().Be(0, "life {0}", life);
        }

        await using TestServer last = await TestServer.HandlingAsync(data, mq => mq.Of("/").On<int>("order", Work, options));
        last.ToleratesErrors = true;
        await using EventClient returned = await last.ConnectAsync("session=reader");
        JsonElement letter = await LetterAsync(returned);
        letter.GetProperty("data").GetInt32().Should().Be(0);
        letter.GetProperty("attempts").GetInt32().Should().Be(3);
        letter.GetProperty("reason").GetString().Should().Be("crashed");
        Next().Should().Be(1);
        Next().Should().Be(2);
        await returned.ShouldHaveNoEventAsync();

        Task Work(Session session, int number)
        {
            begun.Add(number);
            return number == 0 ? never.Task : Task.CompletedTask;
        }

        int Next() => begun.TryTake(out int number, Timeouts.Limit) ? number : throw new TimeoutException();
    }

    [Test]
    public async Task An_event_that_finished_just_before_the_process_ended_is_not_counted_as_crashed()
    {
        using TemporaryDirectory data = new();
        BlockingCollection<int> begun = [];
        HandlerOptions options = new() { Durable = true, MaxAttempts = 2 };
        TaskCompletionSource never = new();
        for (int life = 1; life <= 4; life++)
        {
            await using TestServer server = await TestServer.HandlingAsync(data, mq => mq.Of("/").On<int>("order", Work, options));
            server.ToleratesErrors = true;
            if (life == 1)
            {
                await using EventClient alice = await server.ConnectAsync("session=alice");
                await alice.SendAsync(new { type = "emit", @event = "order", data = 0, id = "0" });
                await alice.SendAsync(new { type = "emit", @event = "order", data = 1, id = "1" });
                await alice.PingAsync();
            }

            if (life < 3)
            {
                while (Next() != 1)
                {
                }
            }
            else
            {
                await using EventClient alice = await server.ConnectAsync("session=alice");
                await alice.SendAsync(new { type = "emit", @event = "order", data = 0, id = "0" });
                JsonElement ack = await alice.NextAsync("ack");
                ack.GetProperty("ref").GetString().Should().Be("0", "the first one was done");
            }
        }

        Task Work(Session session, int number)
        {
            begun.Add(number);
            return number == 1 ? never.Task : Task.CompletedTask;
        }

        int Next() => begun.TryTake(out int number, Timeouts.Limit) ? number : throw new TimeoutException();
    }

    [Test]
    public async Task A_hanging_handler_can_be_skipped_and_the_next_event_begins()
    {
        TaskCompletionSource<long> hanging = new();
        TaskCompletionSource never = new();
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of("/").On<int, ReceivedEvent>(
            "order",
            (session, number, received) =>
            {
                hanging.TrySetResult(received.Number);
                return number == 0 ? never.Task : Task.CompletedTask;
            },
            new HandlerOptions { Durable = true }));
        server.ToleratesErrors = true;
        Namespace ns = server.Server.Of("/");
        await using EventClient reader = await server.ConnectAsync("session=reader&room=dead:*");
        await using EventClient alice = await server.ConnectAsync("session=alice");
        await alice.SendAsync(new { type = "emit", @event = "order", data = 0, id = "0" });
        await alice.SendAsync(new { type = "emit", @event = "order", data = 1, id = "1" });
        long number = await hanging.Task.OrTimeout();

        (await ns.SkipAsync(number + 1000).OrTimeout()).Should().BeFalse();
        (await server.Server.Of("/other").SkipAsync(number).OrTimeout()).Should().BeFalse();
        (await ns.SkipAsync(number).OrTimeout()).Should().BeTrue();
        (await ns.SkipAsync(number).OrTimeout()).Should().BeFalse("it is finished");

        JsonElement error = await alice.NextAsync("error");
        (error.GetProperty("ref").GetString(), error.GetProperty("code").GetString()).Should().Be(("0", "failed"));
        (await alice.NextAsync("ack")).GetProperty("ref").GetString().Should().Be("1");
        JsonElement letter = await LetterAsync(reader);
        (letter.GetProperty("id").GetInt64(), letter.GetProperty("reason").GetString()).Should().Be((number, "skipped"));
    }

    [Test]
    public async Task An_event_without_its_handler_can_be_skipped_by_an_operator()
    {
        using TemporaryDirectory data = new();
        TaskCompletionSource<long> begun = new();
        TaskCompletionSource never = new();
        await using (TestServer server = await TestServer.HandlingAsync(data, mq => mq.Of("/shop").On<int, ReceivedEvent>(
            "order",
            (session, number, received) =>
            {
                begun.TrySetResult(received.Number);
                return never.Task;
            },
            new HandlerOptions { Durable = true })))
        {
            await using EventClient alice = await server.ConnectAsync("session=alice", "/shop");
            await alice.SendAsync(new { type = "emit", @event = "order", data = 1, id = "1" });
            await begun.Task.OrTimeout();
        }

        long orphan = await begun.Task;
        await using TestServer back = await TestServer.HandlingAsync(
            mq => mq.Of("/shop").On("other", session => Task.CompletedTask, new HandlerOptions { Durable = true }),
            options =>
            {
                (options.Durability, options.DataDirectory) = (Durability.Fsync, data.FullName);
                options.AuthorizeOperate = request => ValueTask.FromResult(request.Operation == Operation.SkipEvent);
            });
        back.ToleratesErrors = true;
        await using EventClient reader = await back.ConnectAsync("session=reader&room=dead:handler:order", "/shop");

        (await SkipAsync(back, "")).ShouldBeError(400, "bad_message");
        (await SkipAsync(back, $"id={orphan}")).ShouldBeError(404, "bad_message");
        await using HostProcess command = HostProcess.Launch(["skip", $"{orphan}", "--namespace", "shop", "--url", back.Url]);
        (await command.ExitAsync()).Should().Be(0, command.Error.ToString());

        command.Output.Lines.Should().Equal($"skipped event {orphan}");
        (await LetterAsync(reader)).GetProperty("data").GetInt32().Should().Be(1);
        (await SkipAsync(back, $"namespace=/shop&id={orphan}")).ShouldBeError(404, "bad_message");
    }

    private static Task<HttpReply> SkipAsync(TestServer server, string query) =>
        HttpReply.SendAsync(HttpMethod.Delete, $"{server.Url}/-/events?{query}");

    private static async Task<JsonElement> LetterAsync(EventClient reader)
    {
        JsonElement letter = await reader.NextAsync("event");
        letter.GetProperty("event").GetString().Should().Be("dead_letter");
        return letter.GetProperty("data");
    }
}
