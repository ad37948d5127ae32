using System.Collections.Concurrent;
using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

/// <summary>Events that clients emit to the server itself.</summary>
internal sealed class HandlerTests
{
    private sealed record Order(string Item, int Count);

    private sealed record Receipt(int Total);

    [Test]
    public async Task What_a_handler_returns_is_the_data_of_the_acknowledgement()
    {
        await using TestServer server = await TestServer.HandlingAsync(mq =>
            mq.Of("/").On<Order>("order", async (session, order) =>
            {
                await Task.Yield();
                return new Receipt(order.Count * 2);
            }));
        await using EventClient alice = await server.ConnectAsync("session=alice");

        await alice.SendAsync(new { type = "emit", @event = "order", id = "1", data = new { item = "tea", count = 21 } });

        JsonElement ack = await alice.NextAsync("ack");
        ack.GetProperty("ref").GetString().Should().Be("1");
        ack.GetProperty("data").GetProperty("total").GetInt32().Should().Be(42);
        ack.TryGetProperty("id", out _).Should().BeFalse("nothing was stored");
    }

    [Test]
    public async Task Arguments_are_the_entries_of_an_array_and_the_event_itself()
    {
        await using TestServer server = await TestServer.HandlingAsync(mq =>
        {
            Namespace ns = mq.Of("/");
            ns.On<int, string>("two", (session, number, text) => Task.FromResult<object?>($"{number} {text}"));
            ns.On<JsonElement, ReceivedEvent>(
                "raw", (session, json, received) => Task.FromResult<object?>($"{json.GetRawText()} {received.Reference}"));
            ns.On("none", session => Task.FromResult<object?>(session.Name));
            ns.OnAny((session, received) => Task.FromResult<object?>($"any {received.Name} {received.Read<int>()}"));
        });
        await using EventClient alice = await server.ConnectAsync("session=alice");

        (await AskAsync(alice, "two", new object[] { 1, "x", true })).Should().Be("1 x");
        (await AskAsync(alice, "raw", new[] { 1, 2 })).Should().Be("[1,2] raw");
        (await AskAsync(alice, "none", null)).Should().Be("alice");
        (await AskAsync(alice, "whatever", 5)).Should().Be("any whatever 5");
    }

    [Test]
    public async Task Data_that_does_not_fit_is_bad_message_and_an_exception_is_failed()
    {
        await using TestServer server = await TestServer.HandlingAsync(mq =>
        {
            mq.Of("/").On<Order>("order", (session, order) => Task.CompletedTask);
            mq.Of("/").On("throw", session => Task.FromException(new InvalidOperationException("secret")));
        });
        server.ToleratesErrors = true;
        await using EventClient alice = await server.ConnectAsync("session=alice");

        await alice.SendAsync("""{"type":"emit","event":"order","id":"1","data":"tea"}""");
        await alice.SendAsync("""{"type":"emit","event":"throw","id":"2"}""");
        await alice.SendAsync("""{"type":"emit","event":"nothing","id":"3"}""");

        Dictionary<string, JsonElement> errors = [];
        for (int i = 0; i < 3; i++)
        {
            JsonElement error = await alice.NextAsync("error");
            errors.Add(error.GetProperty("ref").GetString()!, error);
        }

        errors["1"].GetProperty("code").GetString().Should().Be("bad_message");
        errors["2"].GetProperty("code").GetString().Should().Be("failed");
        errors["2"].GetProperty("message").GetString().Should().NotContain("secret");
        errors["3"].GetProperty("code").GetString().Should().Be("unhandled");
        await alice.PingAsync();
    }

    [Test]
    public async Task Handlers_of_a_session_run_one_at_a_time_in_order_and_a_fast_sender_waits()
    {
        ConcurrentQueue<int> order = [];
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int running = 0;
        await using TestServer server = await TestServer.HandlingAsync(
            mq => mq.Of("/").On<int>("count", async (session, number) =>
            {
                Interlocked.Increment(ref running).Should().Be(1);
                await gate.Task;
                order.Enqueue(number);
                Interlocked.Decrement(ref running);
            }),
            options => options.MaxInboxCommands = 4);
        await using EventClient alice = await server.ConnectAsync("session=alice");
        await using EventClient bob = await server.ConnectAsync("session=bob");
        for (int i = 0; i < 20; i++)
        {
            await alice.SendAsync(new { type = "emit", @event = "count", id = $"{i}", data = i });
        }

        await alice.SendAsync(new { type = "ping", id = "after" });
        await bob.PingAsync();
        alice.Frames("pong").TryRead(out _).Should().BeFalse("what follows a flood waits for its handlers");
        gate.SetResult();
        for (int i = 0; i < 20; i++)
        {
            (await alice.NextAsync("ack")).GetProperty("ref").GetString().Should().Be($"{i}");
        }

        await alice.NextAsync("pong");
        order.Should().Equal(Enumerable.Range(0, 20));
    }

    [Test]
    public async Task A_repeated_reference_joins_the_running_handler_or_gets_its_stored_result()
    {
        int runs = 0;
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of("/").On("once", async session =>
        {
            await gate.Task;
            return (object?)Interlocked.Increment(ref runs);
        }));
        const string Once = """{"type":"emit","event":"once","id":"same"}""";
        await using (EventClient first = await server.ConnectAsync("session=alice"))
        {
            await first.SendAsync(Once);
            await first.PingAsync();
        }

        await using EventClient alice = await server.ConnectAsync("session=alice");
        await alice.SendAsync(Once);
        await alice.PingAsync();
        gate.SetResult();
        JsonElement joined = await alice.NextAsync("ack");
        await alice.SendAsync(Once);
        JsonElement kept = await alice.NextAsync("ack");

        foreach (JsonElement ack in new[] { joined, kept })
        {
            ack.GetProperty("data").GetInt32().Should().Be(1);
            ack.GetProperty("duplicate").GetBoolean().Should().BeTrue();
        }

        runs.Should().Be(1);
    }

    [Test]
    public async Task Connects_and_disconnects_are_handled_in_order_with_their_reasons()
    {
        BlockingCollection<string> calls = [];
        await using TestServer server = await TestServer.HandlingAsync(mq =>
        {
            Namespace ns = mq.Of("/");
            ns.OnConnect(async session =>
            {
                await session.JoinAsync("lobby");
                calls.Add($"{session.Name} connected {session.IsConnected}");
            });
            ns.OnDisconnect((session, reason) =>
            {
                calls.Add($"{session.Name} {reason}");
                return Task.CompletedTask;
            });
        });

        await using (EventClient alice = await server.ConnectAsync("session=alice"))
        {
            Next().Should().Be("alice connected True");
            await alice.EmitAsync("lobby");
            await alice.NextAsync("event");
            await alice.CloseAsync();
        }

        Next().Should().Be("alice ClientClosed");
        await using (await server.ConnectAsync("session=bob"))
        {
            Next().Should().Be("bob connected True");
        }

        Next().Should().Be("bob ConnectionLost");
        await using EventClient carol = await server.ConnectAsync("session=carol");
        Next().Should().Be("carol connected True");
        Session session = (await server.Server.Of("/").FindSessionAsync("carol").OrTimeout())!;
        (await session.RoomsAsync().OrTimeout()).Should().Equal("lobby");
        await session.EndAsync().OrTimeout();
        (await carol.CloseCodeAsync()).Should().Be(4002);
        Next().Should().Be("carol SessionEnded");
        (await server.Server.Of("/").FindSessionAsync("carol").OrTimeout()).Should().BeNull();

        string Next() => calls.TryTake(out string? next, Timeouts.Limit) ? next : throw new TimeoutException();
    }

    private static async Task<string?> AskAsync(EventClient client, string name, object? data)
    {
        await client.SendAsync(new { type = "emit", @event = name, id = name, data });
        return (await client.NextAsync("ack")).GetProperty("data").GetString();
    }
}
