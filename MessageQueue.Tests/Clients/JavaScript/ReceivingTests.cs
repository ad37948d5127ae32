using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.JavaScript;

/// <summary>How the JavaScript client handles and acknowledges events. The names are the cases of docs/clients.md.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ReceivingTests : NodeTests
{
    private static readonly object Alice = new { session = "alice", rooms = new[] { "lobby" }, retryDelay = 10 };

    [Test]
    public async Task Acknowledges_after_handler()
    {
        await ConnectAsync(Alice);
        await Client!.DoAsync("hold", new { data = "slow" });
        long number = await Bob.EmitAsync("lobby", "chat", "slow");
        await Client.NextAsync("begun");
        (await Client.SoFarAsync("sent")).Should().NotContain(frame => IsAck(frame));

        await Client.DoAsync("release", new { data = "slow" });

        (await NextAckAsync()).Should().Equal(number);
        (await PendingAsync()).Should().Be(0);
    }

    [Test]
    public async Task Acknowledges_in_batches()
    {
        await ConnectAsync(Alice);
        await GoAwayAsync();
        List<long> numbers = [];
        for (int i = 0; i < 300; i++)
        {
            numbers.Add(await Bob.EmitAsync("lobby", "chat", i));
        }

        Proxy.Refuses = false;
        await Client!.HandledAsync(300);
        List<List<long>> batches = [];
        while (batches.Sum(batch => batch.Count) < 300)
        {
            batches.Add(await NextAckAsync());
        }

        batches.SelectMany(batch => batch).Should().BeEquivalentTo(numbers);
        batches.Should().OnlyContain(batch => batch.Count <= 128).And.HaveCountLessThan(30);
        (await PendingAsync()).Should().Be(0);
    }

    [Test]
    public async Task A_small_window_is_acknowledged_at_once()
    {
        await ConnectAsync(new { session = "alice", rooms = new[] { "lobby" }, window = 1 });
        for (int i = 0; i < 20; i++)
        {
            await Bob.EmitAsync("lobby", "chat", i);
        }

        (await Client!.HandledAsync(20)).Should().Equal(Enumerable.Range(0, 20).Select(i => $"{i}"));
    }

    [Test]
    public async Task Rejects_when_handler_throws()
    {
        await ConnectAsync(Alice);
        await Client!.DoAsync("fail", new { data = "hard", times = 1 });
        await Bob.EmitAsync("lobby", "chat", "hard");
        await Bob.EmitAsync("lobby", "chat", "easy");

        (await Client.HandledAsync(2)).Should().Equal("easy", "hard");
        JsonElement told = await Client.NextAsync("error");
        told.GetProperty("detail").GetProperty("message").GetString().Should().Be("cannot handle hard");
        told.GetProperty("event").GetProperty("data").GetString().Should().Be("hard");
        (await PendingAsync()).Should().Be(0);
    }

    [Test]
    public async Task Handles_once()
    {
        await ConnectAsync(Alice);
        await Client!.DoAsync("hold", new { data = "slow" });
        await Bob.EmitAsync("lobby", "chat", "slow");
        await Client.NextAsync("begun");
        // It comes again while it is handled, and once more after that.
        for (int i = 0; i < 2; i++)
        {
            Proxy.Cut();
            await Client.NextAsync("welcome");
            await Bob.EmitAsync("lobby", "chat", $"after {i}");
            await Client.DoAsync("release", new { data = "slow" });
        }

        (await Client.HandledAsync(3)).Should().Equal("slow", "after 0", "after 1");
        (await PendingAsync()).Should().Be(0);
        (await Client.SoFarAsync("begun")).Should().HaveCount(2);
    }

    [Test]
    public async Task Handles_an_event_once_whose_acknowledgement_was_lost()
    {
        await ConnectAsync(Alice);
        Proxy.Delay = TimeSpan.FromMilliseconds(100);
        long number = await Bob.EmitAsync("lobby", "chat", "once");
        await Client!.HandledAsync(1);
        Proxy.Cut();
        Proxy.Delay = TimeSpan.Zero;
        await Client.NextAsync("welcome");

        while (!(await NextAckAsync()).Contains(number) || (await PendingAsync()) > 0)
        {
        }

        (await Client.SoFarAsync("handled")).Should().BeEmpty();
    }

    [Test]
    public async Task Forgets_numbers_of_another_log()
    {
        using TemporaryDirectory data = new();
        using TemporaryDirectory copy = new();
        List<long> after = [];
        await using (TestServer server = await TestServer.StartAsync(data))
        await using (EventClient bob = await server.ConnectAsync("session=bob"))
        {
            Proxy.PointTo(server.Url);
            await ConnectAsync(Alice);
            await bob.EmitAsync("lobby", "chat", "a1");
            await Client!.HandledAsync(1);
            MessageQueueLog.Backup(data.FullName, copy.FullName);
            for (int i = 0; i < 10; i++)
            {
                after.Add(await bob.EmitAsync("lobby", "chat", $"b{i}"));
            }

            await Client.HandledAsync(10);
            await GoAwayAsync();
        }

        await using TestServer restored = await TestServer.StartAsync(copy);
        await using EventClient carol = await restored.ConnectAsync("session=carol");
        List<string> texts = [.. Enumerable.Range(0, 10).Select(i => $"c{i}")];
        List<long> numbers = [];
        foreach (string text in texts)
        {
            numbers.Add(await carol.EmitAsync("lobby", "chat", text));
        }

        numbers.Should().Contain(number => after.Contains(number), "the test is about numbers that mean another event");
        Proxy.PointTo(restored.Url);
        Proxy.Refuses = false;

        (await Client.HandledAsync(10)).Should().Equal(texts);
        JsonElement told = (await Client.NextAsync("logchange")).GetProperty("detail");
        told.GetProperty("lost").EnumerateArray().Select(number => number.GetInt64()).Should().Equal(after);
        told.GetProperty("to").GetString().Should().Be(carol.Welcome.GetProperty("log").GetString());
    }

    [Test]
    public async Task Runs_handlers_in_order()
    {
        await ConnectAsync(Alice);
        await Client!.DoAsync("any");
        await Client.DoAsync("hold", new { data = "1" });
        await EmitAsync("1", "2", "3");
        await Client.NextAsync("begun");
        (await Client.SoFarAsync("begun")).Should().BeEmpty("the second waits for the first");

        await Client.DoAsync("release", new { data = "1" });

        (await Client.HandledAsync(3)).Should().Equal("1", "2", "3");
        (await Client.NextAsync("any")).GetProperty("data").GetString().Should().Be("1");
    }

    [Test]
    public async Task By_option_several_events_are_handled_at_once()
    {
        await ConnectAsync(new { session = "alice", rooms = new[] { "lobby" }, concurrency = 2 });
        await Client!.DoAsync("hold", new { data = "1" });
        await EmitAsync("1", "2", "3");

        (await Client.HandledAsync(2)).Should().Equal("2", "3");
        await Client.DoAsync("release", new { data = "1" });
        (await Client.HandledAsync(1)).Should().Equal("1");
    }

    [Test]
    public async Task Tells_unhandled_events()
    {
        await ConnectAsync(Alice);
        await Bob.EmitAsync("lobby", "strange", "x");
        (await Client!.NextAsync("unhandled")).GetProperty("detail").GetProperty("event").GetString().Should().Be("strange");

        await Client.DoAsync("off", new { });
        await Client.DoAsync("once", new { @event = "chat" });
        await EmitAsync("first", "second");

        (await Client.NextAsync("unhandled")).GetProperty("detail").GetProperty("data").GetString().Should().Be("second");
        (await Client.HandledAsync(1)).Should().Equal("first");
        (await PendingAsync()).Should().Be(0);
    }

    [Test]
    public async Task Answers_requests()
    {
        await ConnectAsync(Alice);
        Answers<JsonElement> answers = await Server.Server.Of("/").To("lobby")
            .EmitWithAckAsync<JsonElement>("chat", "how are you?", TimeSpan.FromSeconds(30)).OrTimeout();

        answers.Received.Single().Value.GetProperty("answer").GetString().Should().Be("how are you?");
    }

    [Test]
    public async Task Tells_gaps()
    {
        await using TestServer server = await TestServer.StartAsync(options => options.MaxBacklogPerSession = 5);
        Proxy.PointTo(server.Url);
        await ConnectAsync(Alice);
        await GoAwayAsync();
        await using EventClient carol = await server.ConnectAsync("session=carol");
        long[] sent = await carol.EmitManyAsync("lobby", 20);
        await server.TrimAsync();
        Proxy.Refuses = false;

        JsonElement gap = (await Client!.NextAsync("gap")).GetProperty("detail");

        gap.GetProperty("from").GetInt64().Should().Be(sent[0]);
        gap.GetProperty("count").GetInt32().Should().Be(15);
        await Client.HandledAsync(5);
        await Client.CloseAsync();
        await using EventClient again = await server.ConnectAsync("session=alice");
        await again.PingAsync();
        again.Frames("gap").TryRead(out _).Should().BeFalse("it was acknowledged");
    }

    [Test]
    public async Task Passes_values_through()
    {
        await ConnectAsync(Alice);
        foreach (string json in new[]
        {
            """{"a":[1,2.5,-3e10,true,false,null,"é\u2028\"\\"],"b":{"$binary":"AQID"},"c":{}}""", "null", "\"\"", "[]", "0", "false",
        })
        {
            await Client!.DoAsync("emit", new { data = JsonSerializer.Deserialize<JsonElement>(json), options = new { to = "lobby" } });
            JsonElement data = (await Client.NextAsync("begun")).GetProperty("begun");
            JsonElement.DeepEquals(data, JsonSerializer.Deserialize<JsonElement>(json)).Should().BeTrue("{0} came as {1}", json, data);
        }
    }

    [Test]
    public async Task The_trace_of_an_emit_comes_with_its_event()
    {
        const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        await ConnectAsync(Alice);

        await Client!.DoAsync("emit", new { data = 1, options = new { to = "lobby", trace = Trace } });

        (await Bob.NextAsync("event")).GetProperty("trace").GetString().Should().Be(Trace);
    }

    [Test]
    public async Task Knows_what_it_is_owed()
    {
        await ConnectAsync(Alice);
        await GoAwayAsync();
        await Client!.DoAsync("hold", new { data = "1" });
        await EmitAsync("1", "2", "3");
        Proxy.Refuses = false;
        await Client.NextAsync("begun");
        (await Client.StatusAsync()).GetProperty("owed").GetInt32().Should().Be(3);

        await Client.DoAsync("release", new { data = "1" });

        await Client.HandledAsync(3);
        while ((await Client.NextAsync("counts")).GetProperty("detail").GetProperty("owed").GetInt32() > 0)
        {
        }
    }

    private static bool IsAck(JsonElement line) => line.GetProperty("sent").GetProperty("type").GetString() == "ack";

    private async Task ConnectAsync(object options) =>
        Client = await NodeClient.ConnectAsync(Proxy.Url, options, new { frames = true });

    private async Task GoAwayAsync()
    {
        Proxy.Refuses = true;
        Proxy.Cut();
        await Client!.StateAsync("waiting");
    }

    private async Task EmitAsync(params string[] texts)
    {
        foreach (string text in texts)
        {
            await Bob.EmitAsync("lobby", "chat", text);
        }
    }

    private async Task<List<long>> NextAckAsync()
    {
        JsonElement line;
        do
        {
            line = await Client!.NextAsync("sent");
        }
        while (!IsAck(line));

        return [.. line.GetProperty("sent").GetProperty("id").EnumerateArray().Select(id => id.GetInt64())];
    }

    // What is pending for the session, after the client has closed and so acknowledged all that it handled.
    private async Task<int> PendingAsync()
    {
        await Client!.CloseAsync();
        await using EventClient alice = await Server.ConnectAsync("session=alice");
        return alice.Welcome.GetProperty("pending").GetInt32();
    }
}
