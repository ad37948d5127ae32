using System.Collections.Concurrent;
using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

/// <summary>The app's code around the handlers of events, and beside them.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class EventMiddlewareTests
{
    [Test]
    public async Task Middlewares_run_around_the_handler_in_the_order_in_which_they_were_added()
    {
        ConcurrentQueue<string> steps = [];
        await using TestServer server = await TestServer.HandlingAsync(mq =>
        {
            Namespace ns = mq.Of("/");
            foreach (string name in new[] { "first", "second" })
            {
                ns.UseEvent(async (context, next) =>
                {
                    steps.Enqueue($"{name} before {context.Event.Name} {context.Event.Read<int>()} of {context.Session.Name}");
                    await next();
                    steps.Enqueue($"{name} after");
                });
            }

            ns.On<int>("count", (session, number) =>
            {
                steps.Enqueue("handler");
                return Task.FromResult<object?>(number + 1);
            });
        });
        await using EventClient bob = await server.ConnectAsync("session=bob");

        await bob.SendAsync(new { type = "emit", @event = "count", id = "1", data = 7 });

        (await bob.NextAsync("ack")).GetProperty("data").GetInt32().Should().Be(8);
        steps.Should().Equal("first before count 7 of bob", "second before count 7 of bob", "handler", "second after", "first after");
    }

    [TestCase("refuse", "forbidden", "not today")]
    [TestCase("refuse and go on", "forbidden", "not today")]
    [TestCase("nothing", "forbidden", "does not handle")]
    [TestCase("throw", "failed", "failed")]
    public async Task An_event_that_a_middleware_does_not_let_through_is_not_handled(string what, string code, string message)
    {
        bool isHandled = false;
        await using TestServer server = await TestServer.HandlingAsync(mq =>
        {
            Namespace ns = mq.Of("/");
            ns.UseEvent(async (context, next) =>
            {
                if (what.StartsWith("refuse", StringComparison.Ordinal))
                {
                    context.Refuse("not today");
                }

                if (what == "throw")
                {
                    throw new InvalidOperationException("secret");
                }

                if (what == "refuse and go on")
                {
                    await next();
                }
            });
            ns.On("go", session => Task.FromResult(isHandled = true));
        });
        server.ToleratesErrors = what == "throw";
        await using EventClient bob = await server.ConnectAsync("session=bob");

        await bob.SendAsync(new { type = "emit", @event = "go", id = "1" });

        JsonElement error = await bob.NextAsync("error");
        error.GetProperty("code").GetString().Should().Be(code);
        error.GetProperty("message").GetString().Should().Contain(message).And.NotContain("secret");
        isHandled.Should().BeFalse();
        server.Errors.Should().HaveCount(what == "throw" ? 1 : 0);
    }

    [Test]
    public async Task An_event_is_handled_at_most_once_and_not_refused_afterwards()
    {
        ConcurrentQueue<Exception> thrown = [];
        await using TestServer server = await TestServer.HandlingAsync(mq =>
        {
            Namespace ns = mq.Of("/");
            ns.UseEvent(async (context, next) =>
            {
                await next();
                foreach (Func<Task> again in new[] { next, () => Task.Run(() => context.Refuse("too late")) })
                {
                    try
                    {
                        await again();
                    }
                    catch (InvalidOperationException exception)
                    {
                        thrown.Enqueue(exception);
                    }
                }
            });
            ns.On("go", session => Task.FromResult<object?>("done"));
        });
        await using EventClient bob = await server.ConnectAsync("session=bob");

        await bob.SendAsync(new { type = "emit", @event = "go", id = "1" });

        (await bob.NextAsync("ack")).GetProperty("data").GetString().Should().Be("done");
        thrown.Should().HaveCount(2);
    }

    [Test]
    public async Task A_durable_event_that_is_refused_becomes_a_dead_letter_and_is_not_tried_again()
    {
        int runs = 0;
        await using TestServer server = await TestServer.HandlingAsync(mq =>
        {
            Namespace ns = mq.Of("/");
            ns.UseEvent((context, next) =>
            {
                runs++;
                context.Refuse("not today");
                return Task.CompletedTask;
            });
            ns.On("go", session => Task.CompletedTask, new HandlerOptions { Durable = true, MaxAttempts = 5 });
        });
        server.ToleratesErrors = true;
        await using EventClient bob = await server.ConnectAsync("session=bob&room=dead:handler:go");

        await bob.SendAsync(new { type = "emit", @event = "go", id = "1" });

        (await bob.NextAsync("error")).GetProperty("code").GetString().Should().Be("forbidden");
        (await bob.NextAsync("event")).GetProperty("data").GetProperty("reason").GetString().Should().Be("forbidden");
        runs.Should().Be(1);
    }

    [Test]
    public async Task A_listener_sees_every_event_for_the_server_before_its_handler_until_it_is_removed()
    {
        ConcurrentQueue<string> seen = [];
        IDisposable? second = null;
        await using TestServer server = await TestServer.HandlingAsync(mq =>
        {
            Namespace ns = mq.Of("/");
            second = ns.OnIncoming((session, received) => Note($"second {received.Name}"));
            ns.OnIncoming((session, received) => Note($"first {received.Name} of {session.Name} {session.User.Identity}"), first: true);
            ns.OnIncoming((session, received) => throw new InvalidOperationException("a listener changes nothing"));
            ns.On("known", session => Note("handler"));
        });
        server.ToleratesErrors = true;
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");

        await bob.SendAsync(new { type = "emit", @event = "known", id = "1" });
        await bob.NextAsync("ack");
        await bob.SendAsync(new { type = "emit", @event = "known", id = "1" });
        await bob.NextAsync("ack");
        await bob.EmitAsync("lobby", "for others");
        second!.Dispose();
        second.Dispose();
        await bob.SendAsync(new { type = "emit", @event = "unknown", id = "2" });

        (await bob.NextAsync("error")).GetProperty("code").GetString().Should().Be("unhandled");
        seen.Select(step => step.Split(' ')[0] + (step.Contains("unknown", StringComparison.Ordinal) ? " unknown" : ""))
            .Should().Equal("first", "second", "handler", "first unknown");

        Task Note(string what)
        {
            seen.Enqueue(what);
            return Task.CompletedTask;
        }
    }

    [Test]
    public async Task What_a_listener_emits_has_no_key_and_does_not_shift_the_keys_of_the_handler()
    {
        using TemporaryDirectory data = new();
        TaskCompletionSource emitted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (TestServer first = await TestServer.HandlingAsync(data, mq =>
        {
            mq.Of("/").OnIncoming((session, received) => mq.Of("/").To("lobby").EmitAsync("event", "of the listener"));
            mq.Of("/").On(
                "go",
                async session =>
                {
                    await mq.Of("/").To("lobby").Except("nobody").EmitAsync("event", "of the handler");
                    emitted.TrySetResult();
                    await new TaskCompletionSource().Task;
                },
                new HandlerOptions { Durable = true });
        }))
        {
            await using EventClient bob = await first.ConnectAsync("session=bob&room=lobby");
            await bob.SendAsync(new { type = "emit", @event = "go" });
            await emitted.Task.OrTimeout();
        }

        await using TestServer second = await TestServer.HandlingAsync(data, mq => mq.Of("/").On(
            "go",
            async session =>
            {
                await mq.Of("/").To("lobby").Except("nobody").EmitAsync("event", "of the handler");
                await session.EmitAsync("done");
            },
            new HandlerOptions { Durable = true }));
        await using EventClient again = await second.ConnectAsync("session=bob");

        List<string?> received = [];
        for (JsonElement next = default; received is not [.., "done"];)
        {
            next = await again.NextAsync("event");
            received.Add(next.TryGetProperty("data", out JsonElement text) ? text.GetString() : next.GetProperty("event").GetString());
        }

        received.Should().Equal("of the listener", "of the handler", "done");
    }
}
