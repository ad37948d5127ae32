using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>The host's commands on a running server, as processes.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class OperatingCommandTests : IAsyncDisposable
{
    private const string Token = "s3cret";

    private readonly TemporaryDirectory _directory = new();
    private HostProcess _host = null!;

    [SetUp]
    public async Task SetUp() => _host = await HostProcess.StartAsync(_directory.Combine("data"), "--token", Token);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _directory.Dispose();
    }

    [Test]
    public async Task Sessions_and_rooms_are_tables_for_people_and_JSON_for_programs()
    {
        await using EventClient alice = await ConnectAsync("session=alice&room=lobby&room=red");
        await using (EventClient bob = await ConnectAsync("session=bob&room=lobby"))
        {
            await bob.CloseAsync();
        }

        await alice.EmitAsync("lobby");

        string table = await SucceedAsync("sessions");
        string[] rows = [.. (await SucceedAsync("sessions", "--json")).Split('\n')];
        string rooms = await SucceedAsync("rooms");
        string[] roomRows = [.. (await SucceedAsync("rooms", "--namespace", "/", "--json")).Split('\n')];

        table.Should().MatchRegex(@"namespace +session +rooms +owed +oldest +in flight +last acked +connected +last seen")
            .And.MatchRegex(@"/ +alice +lobby, red +1 +[\d.]+s +1 +yes +now")
            .And.MatchRegex(@"/ +bob +lobby +1 +[\d.]+s +\d +(no +\d{4}-|yes)", "it may still be leaving");
        rows.Select(row => JsonSerializer.Deserialize<JsonElement>(row).GetProperty("session").GetString()).Should().Equal("alice", "bob");
        rooms.Should().MatchRegex(@"namespace +room +sessions +connected +events").And.MatchRegex(@"/ +lobby +2 +\d +1");
        roomRows.Select(row => JsonSerializer.Deserialize<JsonElement>(row).GetProperty("room").GetString())
            .Should().Equal("*", "lobby", "red");
    }

    [Test]
    public async Task Peek_prints_what_a_session_is_owed_and_explain_why_it_was_not_delivered()
    {
        await using EventClient alice = await ConnectAsync("session=alice&room=lobby&window=1");
        await using (EventClient bob = await ConnectAsync("session=bob&room=lobby"))
        {
            await bob.CloseAsync();
        }

        long first = await alice.EmitAsync("lobby", "say", new { n = 1 }, id: "order-17");
        long second = await alice.EmitAsync("lobby", "say", new { n = 2 });
        await alice.NextAsync("event");

        string peeked = await SucceedAsync("peek", "alice");
        string[] json = [.. (await SucceedAsync("peek", "alice", "--json", "--count", "1")).Split('\n')];
        string explained = await SucceedAsync("explain", $"{second}");
        string one = await SucceedAsync("explain", $"{first}", "--session", "alice", "--json");

        string[] lines = peeked.Split('\n');
        lines[0].Should().StartWith("owed 2, in flight 1, 1 connection: its window is full").And.Contain("the oldest is ");
        lines[1].Should().MatchRegex($@"^{first}  \d{{4}}-.*  sent, not acknowledged  lobby  say  {{""n"":1}}  from alice$");
        lines[2].Should().Contain("not sent yet");
        JsonSerializer.Deserialize<JsonElement>(json.Should().ContainSingle().Subject).Id().Should().Be(first);
        lines = explained.Split('\n');
        lines[0].Should().MatchRegex($@"^event {second} 'say' to lobby in /, from alice, id '\S+', stored \d{{4}}-");
        lines.Should().Contain("  alice: not sent yet: its window is full, the client does not acknowledge");
        lines.Should().ContainMatch("  bob: *");
        JsonSerializer.Deserialize<JsonElement>(one).GetProperty("sessions")[0].GetProperty("status").GetString().Should().Be("inFlight");
        (await SucceedAsync("explain", $"{first}")).Should().Contain("id 'order-17'");
        (await FailAsync(5, "peek", "nobody")).Should().Contain("no such session");
        (await FailAsync(5, "explain", $"{first}", "--session", "nobody")).Should().Contain("no such session");
        (await FailAsync(1, "explain", "999999")).Should().Contain("no event has number 999999");
        (await FailAsync(2, "peek", "alice", "--count", "0")).Should().Contain("--count");
    }

    [Test]
    public async Task Health_is_what_the_server_says_and_needs_no_token()
    {
        (await SucceedAsync("health")).Should().Be("ok");

        await using HostProcess without = HostProcess.Launch(["health", "--url", _host.Url]);
        (await without.ExitAsync()).Should().Be(0, without.Error.ToString());
        await _host.KillAsync();
        (await FailAsync(3, "health")).Should().StartWith($"MessageQueue: no server answers at {_host.Url} (");
    }

    [Test]
    public async Task A_namespace_may_be_written_without_its_slash()
    {
        await using EventClient alice = await EventClient.ConnectAsync($"{_host.Url}/chat", $"session=alice&token={Token}");

        (await SucceedAsync("sessions", "--namespace", "chat", "--json")).Should().Contain("alice");
        (await SucceedAsync("end", "alice", "--namespace", "chat")).Should().Be("ended alice");
    }

    [Test]
    public async Task A_name_cannot_speak_to_the_terminal()
    {
        await using EventClient alice = await ConnectAsync("session=%1b%5b31mred%0a");

        (await SucceedAsync("sessions")).Should().NotContain("\u001b[31m").And.Contain("[31mred");
    }

    [Test]
    public async Task Emit_stores_one_event_per_id()
    {
        await using EventClient alice = await ConnectAsync("session=alice&room=lobby");

        string first = await SucceedAsync("emit", "say", """{ "n": -1 }""", "--to", "lobby", "--to", "@alice", "--id", "k");
        string again = await SucceedAsync("emit", "say", "-1", "--to", "lobby", "--id", "k");
        string ack = await SucceedAsync("emit", "say", "--to", "lobby", "--session", "alice", "--ttl", "1h", "--json");
        string isVolatile = await SucceedAsync("emit", "tick", "-1", "--to", "*", "--volatile");

        JsonElement received = await alice.NextAsync("event");
        received.GetProperty("data").GetRawText().Should().Be("""{ "n": -1 }""");
        first.Should().Be($"stored as event {received.Id()}");
        again.Should().Be($"was stored before, as event {received.Id()}");
        received = await alice.NextAsync("event");
        JsonSerializer.Deserialize<JsonElement>(ack).Id().Should().Be(received.Id());
        received.GetProperty("from").GetString().Should().Be("alice");
        isVolatile.Should().Be("sent to connected sessions");
        (await alice.NextAsync("event")).GetProperty("data").GetInt32().Should().Be(-1);

        await SucceedAsync("emit", "move", "[3,5]", "--to", "lobby", "--args");
        (await alice.NextAsync("event")).Has("args").Should().BeTrue();
    }

    [Test]
    public async Task Emit_reads_its_data_from_standard_input()
    {
        await using EventClient alice = await ConnectAsync("session=alice&room=lobby");
        await using HostProcess emit = Launch("emit", "say", "-", "--to", "lobby");

        await emit.WriteAndEndAsync("[1,2]");

        (await emit.ExitAsync()).Should().Be(0, emit.Error.ToString());
        (await alice.NextAsync("event")).GetProperty("data").GetRawText().Should().Be("[1,2]");
    }

    [Test]
    public async Task End_ends_a_session_and_an_unknown_one_is_exit_code_5()
    {
        await using EventClient alice = await ConnectAsync("session=alice");

        (await SucceedAsync("end", "alice")).Should().Be("ended alice");
        (await alice.CloseCodeAsync()).Should().Be(4002);

        (await FailAsync(5, "end", "alice")).Should().Contain("no such session");
        (await FailAsync(5, "emit", "say", "--to", "@alice")).Should().Contain("no such session");
    }

    [Test]
    public async Task A_wrong_token_is_exit_code_4_and_no_server_is_3_and_neither_shows_the_token()
    {
        foreach (string[] command in (string[][])[["sessions"], ["rooms"], ["end", "x"], ["emit", "e", "--to", "x"], ["listen"]])
        {
            (await FailAsync(4, [.. command, "--token", "wr0ng"])).Should().Contain("--token").And.NotContain("wr0ng");
            (await FailAsync(3, [.. command, "--url", "http://127.0.0.1:1"])).Should().Contain("no server answers at http://127.0.0.1:1");
        }
    }

    [Test]
    public async Task Every_error_is_one_line()
    {
        (await FailAsync(1, "emit", "say", "{bad", "--to", "lobby")).Should().Contain("bad_json");
        (await FailAsync(2, "emit", "say", "--to", "lobby", "--ttl", "soon")).Should().Contain("--ttl");
        (await FailAsync(2, "emit", "say")).Should().Contain("--to");
        (await FailAsync(2, "sessions", "--url", "nowhere")).Should().Contain("--url: 'nowhere'");
        (await FailAsync(2, "listen", "--count", "0")).Should().Contain("--count");
        (await FailAsync(1, "listen", "--from", "yesterday")).Should().Contain("from has to be").And.NotContain("--token");
        (await FailAsync(1, "listen", "--session", "~gone")).Should().Contain("does not exist").And.NotContain("--token");
    }

    [Test]
    public async Task Listen_prints_and_acknowledges_events_and_ends_after_count()
    {
        await using HostProcess listen = await ListenAsync("lobby", "--session", "alice", "--count", "2");
        await SucceedAsync("emit", "say", "\"one\"", "--to", "lobby");
        await SucceedAsync("emit", "say", "\"two\"", "--to", "lobby");
        (await listen.ExitAsync()).Should().Be(0);

        listen.Output.Lines.Should().SatisfyRespectively(
            line => line.Should().MatchRegex(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  \d+  lobby  say  ""one""$"),
            line => line.Should().EndWith("\"two\""));
        (await PendingAsync("alice")).Should().Be(0);
    }

    [Test]
    public async Task Listen_without_acknowledging_leaves_printed_events_pending()
    {
        await using HostProcess listen = await ListenAsync("lobby", "--session", "alice", "--no-ack", "--json", "--count", "1");
        await SucceedAsync("emit", "say", "{\n}", "--to", "lobby");
        (await listen.ExitAsync()).Should().Be(0);

        JsonElement printed = JsonSerializer.Deserialize<JsonElement>(
            listen.Output.Lines.Should().ContainSingle("line ends in the data are no line ends of the output").Subject);
        printed.GetProperty("event").GetString().Should().Be("say");
        (await PendingAsync("alice")).Should().Be(1);
    }

    [Test]
    public async Task Listen_ends_cleanly_at_Control_C()
    {
        Requires.Signals();
        await using HostProcess listen = await ListenAsync("lobby", "--session", "alice");
        await SucceedAsync("emit", "say", "--to", "lobby");
        await listen.Output.NextAsync(line => line.Contains("say", StringComparison.Ordinal), "the event");

        listen.Interrupt();

        (await listen.ExitAsync()).Should().Be(0);
        listen.Error.Lines.Should().ContainSingle();
        (await PendingAsync("alice")).Should().Be(0, "what was printed was acknowledged before the command ended");
    }

    [Test]
    public async Task Listen_reconnects_after_a_crash_of_the_server_and_misses_nothing()
    {
        await using HostProcess listen = await ListenAsync("lobby", "--session", "alice");
        await SucceedAsync("emit", "say", "\"before\"", "--to", "lobby");
        await listen.Output.NextAsync(line => line.EndsWith("\"before\"", StringComparison.Ordinal), "the first event");
        string url = _host.Url;
        await _host.KillAsync();
        await listen.Error.NextAsync(line => line.Contains("reconnecting", StringComparison.Ordinal), "that the connection is lost");

        await using HostProcess next = HostProcess.Launch(["--url", url, "--data", _directory.Combine("data"), "--token", Token]);
        await next.WaitUntilListeningAsync();
        await SucceedAsync("emit", "say", "\"after\"", "--to", "lobby");

        await listen.Output.NextAsync(line => line.EndsWith("\"after\"", StringComparison.Ordinal), "the second event");
    }

    [Test]
    public async Task Listen_says_that_its_session_was_ended_or_taken_over()
    {
        await using HostProcess ended = await ListenAsync("--session", "alice");
        await using HostProcess taken = await ListenAsync("--session", "bob");
        await SucceedAsync("end", "alice");
        await using EventClient bob = await ConnectAsync("session=bob");

        (await ended.ExitAsync()).Should().Be(5);
        (await taken.ExitAsync()).Should().Be(1);
        taken.Error.ToString().Should().Contain("took this session over");
    }

    [Test]
    public async Task Help_lists_the_commands()
    {
        (await SucceedAsync("--help")).Should().ContainAll("sessions", "rooms", "end <SESSION>", "emit <EVENT>", "listen", "log");
        (await SucceedAsync("listen", "--help")).Should().ContainAll("--no-ack", "--session", "--from", "--json", "--url", "--token");
    }

    private Task<EventClient> ConnectAsync(string query) => EventClient.ConnectAsync(_host.Url, $"{query}&token={Token}");

    private HostProcess Launch(params string[] arguments) => HostProcess.Launch(
        arguments, new Dictionary<string, string> { ["MESSAGEQUEUE_URL"] = _host.Url, ["MESSAGEQUEUE_TOKEN"] = Token },
        _directory.FullName);

    private async Task<HostProcess> ListenAsync(params string[] arguments)
    {
        HostProcess listen = Launch(["listen", .. arguments]);
        await listen.Error.NextAsync(line => line.StartsWith("Listening as", StringComparison.Ordinal), "that it listens");
        return listen;
    }

    private async Task<string> SucceedAsync(params string[] arguments)
    {
        await using HostProcess process = Launch(arguments);
        (await process.ExitAsync()).Should().Be(0, process.Error.ToString());
        process.Error.Lines.Should().BeEmpty();
        return process.Output.ToString();
    }

    private async Task<string> FailAsync(int code, params string[] arguments)
    {
        await using HostProcess process = Launch(arguments);
        (await process.ExitAsync()).Should().Be(code, process.Error.ToString());
        process.Output.Lines.Should().BeEmpty();
        string line = process.Error.Lines.Should().ContainSingle().Subject;
        line.Should().StartWith("MessageQueue: ").And.Contain(";");
        return line;
    }

    private async Task<int> PendingAsync(string session)
    {
        string rows = await SucceedAsync("sessions", "--json");
        return rows.Split('\n').Select(row => JsonSerializer.Deserialize<JsonElement>(row))
            .Single(row => row.GetProperty("session").GetString() == session).GetProperty("owed").GetInt32();
    }
}
