using System.Text.Json;
using MessageQueue.Tests.EndToEnd;

namespace MessageQueue.Tests.SocketIO.EndToEnd;

/// <summary>One room, one page that speaks the JSON protocol and one that speaks Socket.IO: neither misses anything of the other.</summary>
[TestFixture(NodeTransport.Default)]
[TestFixture(NodeTransport.WebSocket)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class MixedChatTests(NodeTransport transport)
{
    private const int PerRound = 5;

    private HostWorld _host = null!;
    private NodePage _page = null!;
    private EventClient _json = null!;
    private NodeClient _socketIO = null!;
    private int _said;
    private long _handled;

    [SetUp]
    public async Task SetUpAsync()
    {
        _host = await HostWorld.StartAsync();
        _page = NodePage.Open();
        _json = await _host.ConnectAsync("session=json&room=lobby");
        // Its emits are repeated until they are acknowledged, as those of the JSON page are: the server keeps each once.
        _socketIO = await _page.OpenAsync(_host.Network.Url, Options(), new { session = "sio" });
        await _socketIO.ConnectedAsync();
        await _socketIO.AskAsync("mq:join", "lobby");
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await _json.DisposeAsync();
        await _page.DisposeAsync();
        await _host.DisposeAsync();
    }

    [Test]
    public async Task They_hear_each_other_over_drops_and_kills()
    {
        await TalkAsync();
        _host.Network.Cut();
        await TalkAsync();
        await DropAsync();
        await TalkAsync();
        await _host.KillAsync();
        await _json.DisposeAsync();
        _json = await _host.ConnectAsync("session=json");
        await TalkAsync();
        _host.Network.HalfOpen();
        await _socketIO.DoAsync("cut");
        await TalkAsync();
    }

    private Dictionary<string, object> Options() => new(transport.Options() ?? []) { ["retries"] = 100, ["ackTimeout"] = 2000 };

    // Both say something, and each hears all of both in the same order, its own too.
    private async Task TalkAsync()
    {
        List<Task> saying = [];
        for (int i = 0; i < PerRound; i++)
        {
            saying.Add(_json.EmitAsync("lobby", "said", $"json {_said}", id: $"{_said}"));
            saying.Add(_socketIO.AskAsync("mq:emit", "lobby", "said", $"sio {_said}"));
            _said++;
            await Task.WhenAll(saying);
        }

        List<string> json = [];
        List<string> socketIO = [];
        for (int i = 0; i < 2 * PerRound; i++)
        {
            json.Add(await NextOfJsonAsync());
            socketIO.Add(NodeClient.Args(await _socketIO.EventAsync())[0].GetString()!);
        }

        int first = _said - PerRound;
        json.Should().BeEquivalentTo(Enumerable.Range(first, PerRound).SelectMany(i => (string[])[$"json {i}", $"sio {i}"]));
        socketIO.Should().Equal(json);
    }

    // The JSON page leaves without a word, and both sides say something before they are back.
    private async Task DropAsync()
    {
        await _json.DisposeAsync();
        _host.Network.Refuses = true;
        _host.Network.Cut();
        await using EventClient other = await _host.ConnectAsync("session=other");
        await other.EmitAsync("lobby", "said", "while both were away");
        _host.Network.Refuses = false;
        _json = await _host.ConnectAsync("session=json");

        (await NextOfJsonAsync()).Should().Be("while both were away");
        NodeClient.Args(await _socketIO.EventAsync())[0].GetString().Should().Be("while both were away");
    }

    // A kill may make the server forget acknowledgements, so clients of the JSON protocol drop what they have handled, by its number.
    private async Task<string> NextOfJsonAsync()
    {
        JsonElement frame;
        do
        {
            frame = await _json.NextAsync("event");
            await _json.SendAsync(new { type = "ack", id = frame.Id() });
        }
        while (frame.Id() <= _handled);

        _handled = frame.Id();
        return frame.GetProperty("data").GetString()!;
    }
}
