using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

/// <summary>Events and answers with several arguments, in the app's code.</summary>
internal sealed class SeveralArgumentsTests
{
    private static readonly HandlerOptions Durable = new() { Durable = true, RetryDelay = TimeSpan.Zero };

    private sealed record Point(int X, int Y);

    [Test]
    public async Task Everything_that_emits_can_emit_several_arguments()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        Namespace home = server.Server.Of("/");
        Session session = (await home.FindSessionAsync("alice").OrTimeout())!;
        Arguments move = new("knight", new Point(3, 5), null, new byte[] { 1, 2 });

        await home.EmitAsync("e", move).OrTimeout();
        await home.To("lobby").EmitAsync("e", move).OrTimeout();
        await session.EmitAsync("e", move).OrTimeout();
        await home.Volatile.EmitAsync("e", move).OrTimeout();
        Task<int> asking = session.EmitWithAckAsync<int>("e", move, Timeouts.Limit);
        Task<Answers<int>> askingAll = home.To("lobby").EmitWithAckAsync<int>("e", move, Timeouts.Limit);

        for (int i = 0; i < 6; i++)
        {
            JsonElement received = await alice.NextAsync("event");
            received.Has("args").Should().BeTrue();
            received.GetProperty("data").GetRawText().Should().Be("""["knight",{"x":3,"y":5},null,{"$binary":"AQI="}]""");
            if (received.Has("reply"))
            {
                await alice.SendAsync(new { type = "ack", id = received.Id(), data = 7 });
            }
        }

        (await asking.OrTimeout()).Should().Be(7);
        (await askingAll.OrTimeout()).Received.Should().ContainSingle().Which.Value.Should().Be(7);
    }

    [Test]
    public async Task One_argument_is_plain_data_and_none_is_no_data()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice");
        Namespace home = server.Server.Of("/");

        await home.EmitAsync("one", new Arguments(5)).OrTimeout();
        await home.EmitAsync("null", new Arguments(values: [null])).OrTimeout();
        await home.EmitAsync("array", new Arguments(new[] { 1, 2 })).OrTimeout();
        await home.EmitAsync("none", new Arguments()).OrTimeout();

        (await DataAsync(alice)).Should().Be("5");
        (await DataAsync(alice)).Should().Be("null");
        (await DataAsync(alice)).Should().Be("[1,2]");
        (await DataAsync(alice)).Should().BeNull();
    }

    [Test]
    public void Several_arguments_are_not_one_of_several()
    {
        FluentActions.Invoking(() => new Arguments(1, new Arguments(2, 3))).Should().Throw<ArgumentException>();
    }

    [Test]
    public async Task A_handler_gets_the_arguments_that_it_asks_for()
    {
        await using TestServer server = await TestServer.HandlingAsync(mq =>
        {
            Namespace ns = mq.Of("/");
            ns.On<int>("one", (session, first) => Task.FromResult<object?>($"{first}"));
            ns.On<JsonElement>("raw", (session, first) => Task.FromResult<object?>(first.GetRawText()));
            ns.On<int, string>("two", (session, number, text) => Task.FromResult<object?>($"{number} {text ?? "nothing"}"));
            ns.On<int, Point, ReceivedEvent>(
                "three", (session, number, point, received) => Task.FromResult<object?>($"{number} {point} {received.Arguments.Count}"));
            ns.On<ReceivedArguments>("all", (session, all) =>
                Task.FromResult<object?>(string.Join('|', all.Texts.Select(text => Encoding.UTF8.GetString(text.Span)))));
            ns.On<int, ReceivedArguments>("first", (session, first, all) => Task.FromResult<object?>($"{first} of {all.Count}"));
        });
        await using EventClient alice = await server.ConnectAsync("session=alice");

        (await AskAsync(alice, "first", """[1,"x",3]""")).Should().Be("1 of 3");
        (await AskAsync(alice, "one", """[1,"x"]""")).Should().Be("1");
        (await AskAsync(alice, "one", "[]")).Should().Be("0", "what is left out has its default value");
        (await AskAsync(alice, "raw", "[[1,2],3]")).Should().Be("[1,2]");
        (await AskAsync(alice, "raw", "[1,2]", several: false)).Should().Be("[1,2]", "the array is one argument");
        (await AskAsync(alice, "two", """[1,"x",true]""")).Should().Be("1 x");
        (await AskAsync(alice, "two", "[1]")).Should().Be("1 nothing");
        (await AskAsync(alice, "two", """[1,"x"]""", several: false)).Should().Be("1 x", "an array is split for a handler with several");
        (await AskAsync(alice, "two", "1", several: false)).Should().Be("1 nothing", "the second argument is left out");
        (await AskAsync(alice, "three", """[1,{"x":2,"y":3}]""")).Should().Be("1 Point { X = 2, Y = 3 } 2");
        (await AskAsync(alice, "all", """[ 1 ,"x",[2]]""")).Should().Be("""1|"x"|[2]""");
        (await AskAsync(alice, "all", """ {"a":1} """, several: false)).Should().Be("""{"a":1}""");
    }

    [TestCase("one", "[\"x\",1]", "data[0]")]
    [TestCase("two", "[1,2]", "data[1]")]
    public async Task An_argument_that_does_not_fit_is_named(string eventName, string data, string place)
    {
        await using TestServer server = await TestServer.HandlingAsync(mq =>
        {
            mq.Of("/").On<int>("one", (session, first) => Task.CompletedTask);
            mq.Of("/").On<int, string>("two", (session, first, second) => Task.CompletedTask);
        });
        await using EventClient alice = await server.ConnectAsync("session=alice");

        await alice.SendAsync(Emit(eventName, data, several: true));

        JsonElement error = await alice.NextAsync("error");
        error.GetProperty("code").GetString().Should().Be("bad_message");
        error.GetProperty("message").GetString().Should().Contain(place);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_handler_may_answer_with_several_values_and_the_kept_answer_has_them_too(bool durable)
    {
        int runs = 0;
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of("/").On(
            "pair",
            async session =>
            {
                await Task.Yield();
                runs++;
                return new Arguments("a", 2);
            },
            new HandlerOptions { Durable = durable }));
        await using EventClient alice = await server.ConnectAsync("session=alice");
        for (int i = 0; i < 2; i++)
        {
            await alice.SendAsync("""{"type":"emit","event":"pair","id":"1"}""");

            JsonElement ack = await alice.NextAsync("ack");
            ack.GetProperty("data").GetRawText().Should().Be("""["a",2]""");
            ack.Has("args").Should().BeTrue();
            ack.Has("duplicate").Should().Be(i == 1);
        }

        runs.Should().Be(1);
    }

    [Test]
    public async Task An_answer_of_several_values_is_read_as_its_first_or_as_all()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice");
        Session session = (await server.Server.Of("/").FindSessionAsync("alice").OrTimeout())!;

        Task<string?> first = session.EmitWithAckAsync<string>("q", null, Timeouts.Limit);
        await AnswerAsync(alice, """ "data":["x",2],"args":true """);
        Task<ReceivedArguments?> all = session.EmitWithAckAsync<ReceivedArguments>("q", null, Timeouts.Limit);
        await AnswerAsync(alice, """ "data":["x",2],"args":true """);
        Task<int[]?> array = session.EmitWithAckAsync<int[]>("q", null, Timeouts.Limit);
        await AnswerAsync(alice, """ "data":[1,2] """);
        Task<string?> none = session.EmitWithAckAsync<string>("q", null, Timeouts.Limit);
        await AnswerAsync(alice, """ "data":[],"args":true """);
        Broadcast everyone = server.Server.Of("/").To("*");
        Task<Answers<ReceivedArguments>> many = everyone.EmitWithAckAsync<ReceivedArguments>("q", null, Timeouts.Limit);
        await AnswerAsync(alice, """ "data":["x",2],"args":true """);

        (await first.OrTimeout()).Should().Be("x");
        ReceivedArguments values = (await all.OrTimeout())!;
        (values.Count, values.Read<string>(0), values.Read<int>(1), values.Read<int>(2)).Should().Be((2, "x", 2, 0));
        (await array.OrTimeout()).Should().Equal(1, 2);
        (await none.OrTimeout()).Should().BeNull("an answer without values is an answer");
        (await many.OrTimeout()).Received.Should().ContainSingle().Which.Value.Count.Should().Be(2);
    }

    [Test]
    public async Task Durable_handlers_observers_and_history_show_the_arguments()
    {
        BlockingCollection<ReceivedEvent> seen = [];
        await using TestServer server = await TestServer.HandlingAsync(mq =>
        {
            mq.Of("/").On<ReceivedEvent>(
                "work",
                (session, received) => Task.FromResult<object?>($"{received.HasSeveralArguments} {received.Arguments.Count}"),
                Durable);
            mq.Of("/").OnEmitted(received =>
            {
                seen.Add(received);
                return Task.CompletedTask;
            });
        });
        Namespace home = server.Server.Of("/");
        await using EventClient alice = await server.ConnectAsync("session=alice");

        (await AskAsync(alice, "work", """[1,"x"]""")).Should().Be("True 2");
        (await AskAsync(alice, "work", """[1,"x"]""", several: false)).Should().Be("False 1");
        await alice.SendAsync("""{"type":"emit","event":"e","to":"lobby","data":[1,"x"],"args":true}""");
        await alice.NextAsync("ack");

        ReceivedEvent past = (await home.HistoryAsync("lobby", 1).OrTimeout()).Single();
        seen.TryTake(out ReceivedEvent? observed, Timeouts.Limit).Should().BeTrue();
        foreach (ReceivedEvent received in new[] { past, observed! })
        {
            received.HasSeveralArguments.Should().BeTrue();
            received.Read<int>().Should().Be(1, "a reader of one value gets the first");
            received.Arguments.Read<string>(1).Should().Be("x");
            Encoding.UTF8.GetString(received.Data.Span).Should().Be("""[1,"x"]""");
        }
    }

    [Test]
    public async Task Received_arguments_can_be_emitted_again_unchanged()
    {
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of("/").OnAny(async (session, received) =>
        {
            await session.EmitAsync(received.Name, received.Arguments);
            return received.Arguments;
        }));
        await using EventClient alice = await server.ConnectAsync("session=alice");

        foreach (string fields in new[] { ""","data":[1, {"$binary":"AQI="}],"args":true""", ""","data":[1, 2]""", "" })
        {
            await alice.SendAsync($$"""{"type":"emit","event":"e"{{fields}}}""");

            (await alice.NextAsync("event")).GetRawText().Should().Contain($"\"event\":\"e\"{fields},\"room\"");
            (await alice.NextAsync("ack")).GetRawText().Should().Be($$"""{"type":"ack"{{fields}}}""");
        }
    }

    [Test]
    public async Task Arguments_that_are_nested_as_deep_as_the_app_can_write_them_are_read_again()
    {
        using TemporaryDirectory data = new();
        string deep = new string('[', 64) + new string(']', 64);
        await using (TestServer server = await TestServer.StartAsync(data))
        {
            Namespace home = server.Server.Of("/");
            await home.To("lobby").EmitAsync("e", new Arguments(JsonSerializer.Deserialize<JsonElement>(deep), 1)).OrTimeout();

            ReceivedEvent received = (await home.HistoryAsync("lobby", 1).OrTimeout()).Single();
            Encoding.UTF8.GetString(received.Arguments.Texts[0].Span).Should().Be(deep);
            received.Arguments.Read<int>(1).Should().Be(1);
        }

        using MemoryStream dump = new();
        MessageQueueLog.Dump(data.FullName, dump);
        Encoding.UTF8.GetString(dump.ToArray()).Should().Contain($"\"data\":[{deep},1],\"args\":true");
    }

    [Test]
    public async Task The_dead_letter_of_a_handler_says_that_its_event_has_several_arguments()
    {
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of("/").On(
            "work", session => Task.FromException(new InvalidOperationException()), Durable with { MaxAttempts = 1 }));
        server.ToleratesErrors = true;
        await using EventClient alice = await server.ConnectAsync("session=alice&room=dead:*");

        await alice.SendAsync(Emit("work", "[1,2]", several: true));

        (await alice.NextAsync("event")).GetProperty("data").Has("args").Should().BeTrue();
    }

    private static async Task<string?> DataAsync(EventClient client)
    {
        JsonElement received = await client.NextAsync("event");
        received.TryGetProperty("args", out _).Should().BeFalse();
        return received.TryGetProperty("data", out JsonElement data) ? data.GetRawText() : null;
    }

    private static async Task AnswerAsync(EventClient client, string fields)
    {
        long id = (await client.NextAsync("event")).Id();
        await client.SendAsync($$"""{"type":"ack","id":{{id}},{{fields}}}""");
    }

    private static async Task<string?> AskAsync(EventClient client, string eventName, string data, bool several = true)
    {
        await client.SendAsync(Emit(eventName, data, several));
        return (await client.NextAsync("ack")).GetProperty("data").GetString();
    }

    private static string Emit(string eventName, string data, bool several) =>
        $$"""{"type":"emit","event":"{{eventName}}","data":{{data}},"args":{{(several ? "true" : "false")}}}""";
}
