using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class BadInputTests : IAsyncDisposable
{
    private TestServer _server = null!;
    private EventClient _alice = null!;

    [SetUp]
    public async Task SetUp()
    {
        _server = await TestServer.StartAsync(options => options.MaxMessageBytes = 2048);
        _alice = await _server.ConnectAsync("session=alice&room=lobby");
    }

    public async ValueTask DisposeAsync()
    {
        await _alice.DisposeAsync();
        await _server.DisposeAsync();
    }

    [TestCase("", "bad_json", null)]
    [TestCase("hello", "bad_json", null)]
    [TestCase("[]", "bad_message", null)]
    [TestCase("""{"type":"emit","to":"lobby","id":"r"}""", "bad_message", "r")]
    [TestCase("""{"type":"emit","event":"e","to":[],"id":"r"}""", "bad_message", "r")]
    [TestCase("""{"type":"join","room":"*","id":"r"}""", "bad_message", "r")]
    [TestCase("""{"type":"subscribe","id":"r"}""", "unknown_type", "r")]
    [TestCase("""{"type":"ping","id":"r"} {}""", "bad_json", "r")]
    [TestCase("""{"type":"ping","id":"r",}""", "bad_json", "r")]
    [TestCase("\"ping\"", "bad_message", null)]
    [TestCase("null", "bad_message", null)]
    [TestCase("""{"id":"r"}""", "bad_message", "r")]
    [TestCase("""{"type":1,"id":"r"}""", "bad_message", "r")]
    [TestCase("""{"type":"ping","id":7}""", "bad_message", null)]
    [TestCase("""{"type":"ping","id":""}""", "bad_message", null)]
    [TestCase("""{"type":"emit","event":7,"id":"r"}""", "bad_message", "r")]
    [TestCase("""{"type":"emit","event":"","to":"lobby","id":"r"}""", "bad_message", "r")]
    [TestCase("""{"type":"emit","event":"e","to":null,"id":"r"}""", "bad_message", "r")]
    [TestCase("""{"type":"emit","event":"e","to":["lobby",7],"id":"r"}""", "bad_message", "r")]
    [TestCase("""{"type":"emit","event":"e","to":"lobby","echo":"no","id":"r"}""", "bad_message", "r")]
    [TestCase("""{"type":"emit","event":"e","to":"lobby","volatile":1,"id":"r"}""", "bad_message", "r")]
    [TestCase("""{"type":"emit","event":"e","to":"lobby","ttl":0,"id":"r"}""", "bad_message", "r")]
    [TestCase("""{"type":"emit","event":"e","to":"lobby","ttl":1.5,"id":"r"}""", "bad_message", "r")]
    [TestCase("""{"type":"leave","id":"r"}""", "bad_message", "r")]
    [TestCase("""{"type":"join","room":"@bob","id":"r"}""", "bad_message", "r")]
    [TestCase("""{"type":"ack"}""", "bad_message", null)]
    [TestCase("""{"type":"ack","id":1,"upTo":1}""", "bad_message", null)]
    [TestCase("""{"type":"ack","id":[]}""", "bad_message", null)]
    [TestCase("""{"type":"ack","id":"1"}""", "bad_message", "1")]
    [TestCase("""{"type":"nack"}""", "bad_message", null)]
    [TestCase("""{"type":"nack","id":1,"delay":-1}""", "bad_message", null)]
    [TestCase("""{"type":"nack","id":1,"delay":86400001}""", "bad_message", null)]
    public async Task A_bad_message_gets_an_error_and_the_connection_continues(string message, string code, string? reference)
    {
        await _alice.SendAsync(message);

        JsonElement error = await _alice.NextAsync("error");
        error.GetProperty("code").GetString().Should().Be(code);
        error.GetProperty("message").GetString().Should().NotBeEmpty();
        (error.TryGetProperty("ref", out JsonElement found) ? found.GetString() : null).Should().Be(reference);
        long sent = await _alice.EmitAsync("lobby");
        (await _alice.NextIdsAsync(1)).Should().Equal(sent);
    }

    [TestCase(128, null)]
    [TestCase(129, "bad_message")]
    public async Task A_name_has_at_most_128_characters(int length, string? code)
    {
        string name = new('ü', length);
        foreach (object message in new object[]
        {
            new { type = "emit", @event = name, to = "lobby" }, new { type = "emit", @event = "e", to = name },
            new { type = "join", room = name },
            new { type = "ping", id = name },
        })
        {
            await _alice.SendAsync(message);
        }

        await _alice.SendAsync(new { type = "ping", id = "end" });
        await _alice.NextAsync("pong");
        _alice.Frames("error").Count.Should().Be(code is null ? 0 : 4);
        while (_alice.Frames("error").TryRead(out JsonElement error))
        {
            error.GetProperty("code").GetString().Should().Be(code);
        }
    }

    [TestCase(64, null)]
    [TestCase(65, "bad_json")]
    public async Task JSON_may_be_nested_at_most_64_levels_deep(int depth, string? code)
    {
        string data = new string('[', depth - 1) + new string(']', depth - 1);

        await _alice.SendAsync($$"""{"type":"emit","event":"e","to":"lobby","id":"r","data":{{data}}}""");

        JsonElement answer = await _alice.NextAsync(code is null ? "ack" : "error");
        answer.GetProperty("ref").GetString().Should().Be("r");
        if (code is not null)
        {
            answer.GetProperty("code").GetString().Should().Be(code);
        }
    }

    [Test]
    public async Task Unknown_fields_are_ignored()
    {
        await _alice.SendAsync("""{"type":"emit","event":"e","to":"lobby","id":"r","colour":[1,{}],"room":7,"upTo":"x","delay":-1}""");

        (await _alice.NextAsync("ack")).GetProperty("ref").GetString().Should().Be("r");
    }

    [Test]
    public async Task Of_several_equal_keys_the_last_counts()
    {
        await _alice.SendAsync("""{"type":"end","event":7,"type":"ping","id":"a","id":"b"}""");

        (await _alice.NextAsync("pong")).GetProperty("ref").GetString().Should().Be("b");
    }

    [Test]
    public async Task The_response_to_a_request_without_a_reference_has_none()
    {
        await _alice.SendAsync(new { type = "ping" });
        await _alice.SendAsync(new { type = "leave", room = "nowhere" });
        await _alice.SendAsync(new { type = "emit", @event = "e" });

        (await _alice.NextAsync("pong")).GetRawText().Should().Be("""{"type":"pong"}""");
        (await _alice.NextAsync("ack")).GetRawText().Should().Be("""{"type":"ack"}""");
        (await _alice.NextAsync("error")).TryGetProperty("ref", out _).Should().BeFalse();
    }

    [TestCase(RawWebSocket.Binary, "01", 1003)]
    [TestCase(RawWebSocket.Text, "FF", 1007)]
    [TestCase(3, "", 1002)]
    public async Task A_bad_frame_closes_its_own_connection_and_no_other(int opcode, string payload, int code)
    {
        await using RawWebSocket raw = await RawWebSocket.ConnectAsync(new Uri(_server.Url + "/?session=raw&room=lobby"));
        await raw.ReadAsync();

        await raw.SendAsync(RawWebSocket.Frame(opcode, Convert.FromHexString(payload)));

        (await raw.ReadCloseAsync()).CloseCode.Should().Be(code);
        long sent = await _alice.EmitAsync("lobby");
        (await _alice.NextIdsAsync(1)).Should().Equal(sent);
        await using EventClient again = await _server.ConnectAsync("session=raw");
        (await again.NextIdsAsync(1)).Should().Equal([sent], "the session outlives its connection");
    }

    [Test]
    public async Task A_message_that_is_too_large_is_refused_by_its_announced_length()
    {
        await using RawWebSocket raw = await RawWebSocket.ConnectAsync(new Uri(_server.Url + "/?session=raw"));
        await raw.ReadAsync();

        await raw.SendAsync(RawWebSocket.Frame(RawWebSocket.Text, "{"u8, announced: 1UL << 30));

        (await raw.ReadCloseAsync()).CloseCode.Should().Be(1009);
    }
}
