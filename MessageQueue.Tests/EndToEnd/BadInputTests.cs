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
    public async Task A_bad_message_is_answered_and_the_connection_goes_on(string message, string code, string? reference)
    {
        await _alice.SendAsync(message);

        JsonElement error = await _alice.NextAsync("error");
        error.GetProperty("code").GetString().Should().Be(code);
        error.GetProperty("message").GetString().Should().NotBeEmpty();
        (error.TryGetProperty("ref", out JsonElement found) ? found.GetString() : null).Should().Be(reference);
        long sent = await _alice.EmitAsync("lobby");
        (await _alice.NextIdsAsync(1)).Should().Equal(sent);
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
    public async Task A_message_too_large_is_noticed_from_its_announced_length()
    {
        await using RawWebSocket raw = await RawWebSocket.ConnectAsync(new Uri(_server.Url + "/?session=raw"));
        await raw.ReadAsync();

        await raw.SendAsync(RawWebSocket.Frame(RawWebSocket.Text, "{"u8, announced: 1UL << 30));

        (await raw.ReadCloseAsync()).CloseCode.Should().Be(1009);
    }
}
