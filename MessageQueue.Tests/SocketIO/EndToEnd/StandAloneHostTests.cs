using System.Text.Json;
using MessageQueue.Tests.EndToEnd;

namespace MessageQueue.Tests.SocketIO.EndToEnd;

/// <summary>Stock clients at the console host, without code of an app: rooms by documented events, and what survives a kill.</summary>
[TestFixture(NodeTransport.Default)]
[TestFixture(NodeTransport.WebSocket)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class StandAloneHostTests(NodeTransport transport)
{
    private HostWorld _host = null!;
    private NodePage _page = null!;

    [SetUp]
    public async Task SetUpAsync()
    {
        _host = await HostWorld.StartAsync();
        _page = NodePage.Open();
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await _page.DisposeAsync();
        await _host.DisposeAsync();
    }

    [Test]
    public async Task Clients_join_leave_and_emit_to_rooms_without_any_server_code()
    {
        NodeClient ann = await ConnectAsync();
        NodeClient ben = await ConnectAsync();
        await ann.AskAsync("mq:join", "lobby");
        await ben.AskAsync("mq:join", "lobby");

        await ann.AskAsync("mq:emit", "lobby", "chat", "hello", 1);
        JsonElement heard = await ben.EventAsync();
        await ben.AskAsync("mq:leave", "lobby");
        await ann.AskAsync("mq:emit", "lobby", "chat", "gone?", 2);
        await ann.AskAsync("mq:emit", (string[])["lobby", $"@{ben.Id}"], "chat", "still there?", 3);

        heard.GetProperty("event").GetString().Should().Be("chat");
        NodeClient.Args(heard)[0].GetString().Should().Be("hello");
        NodeClient.Args(heard)[1].GetInt32().Should().Be(1);
        NodeClient.Args(await ben.EventAsync())[0].GetString().Should().Be("still there?");
    }

    [Test]
    public async Task Any_namespace_is_open_and_several_share_a_connection()
    {
        NodeClient root = await ConnectAsync();
        NodeClient chat = await _page.ShareAsync(root, "/chat");
        await using EventClient bob = await _host.ConnectAsync("session=bob", "/chat");
        await root.AskAsync("mq:join", "lobby");
        await chat.AskAsync("mq:join", "lobby");

        await bob.EmitAsync("lobby", "m", 1);

        (await chat.NumbersAsync("m", 1)).Should().Equal(1);
        await root.AskAsync("mq:emit", "lobby", "m", 2);
        (await root.NumbersAsync("m", 1)).Should().Equal([2], "namespaces share nothing");
    }

    [Test]
    public async Task An_anonymous_client_that_was_connected_at_a_kill_goes_on_after_it()
    {
        NodeClient client = await ConnectAsync();
        await client.AskAsync("mq:join", "lobby");
        string id = client.Id;
        await EmitAsync(1);
        await client.NumbersAsync("m", 1);

        await _host.KillAsync(client.DisconnectedAsync);
        await EmitAsync(2);
        await client.ConnectedAsync();
        await EmitAsync(3);

        (await client.NumbersAsync("m", 2)).Should().Equal([2, 3], "the kill lost and doubled nothing");
        client.Id.Should().Be(id);
        client.Connection.GetProperty("recovered").GetBoolean().Should().BeTrue();
    }

    [Test]
    public async Task What_was_acknowledged_to_a_sender_before_a_kill_comes_after_it()
    {
        NodeClient client = await ConnectAsync();
        await client.AskAsync("mq:join", "lobby");
        _host.Network.HalfOpen();
        for (int i = 1; i <= 20; i++)
        {
            await EmitAsync(i);
        }

        await _host.KillAsync();
        await client.DoAsync("cut");
        await client.DisconnectedAsync();
        await client.ConnectedAsync();

        (await client.NumbersAsync("m", 20)).Should().Equal(Enumerable.Range(1, 20));
    }

    [Test]
    public async Task A_named_session_is_given_to_a_page_that_was_loaded_again_also_after_a_kill()
    {
        object auth = new { session = "alice" };
        NodeClient client = await ConnectAsync(auth);
        await client.AskAsync("mq:join", "lobby");
        await _page.DisposeAsync();
        await EmitAsync(1);
        await _host.KillAsync();
        await EmitAsync(2);

        _page = NodePage.Open();
        client = await ConnectAsync(auth);

        (await client.NumbersAsync("m", 2)).Should().Equal(1, 2);
    }

    [Test]
    public async Task What_a_client_has_confirmed_by_a_pong_does_not_come_again_to_its_next_page()
    {
        object auth = new { session = "alice" };
        NodeClient client = await ConnectAsync(auth);
        await client.AskAsync("mq:join", "lobby");
        await EmitAsync(1);
        await client.NumbersAsync("m", 1);
        // The server pings soon because something is unconfirmed.
        await client.NextAsync("ping");
        await EmitAsync(2);
        await client.NumbersAsync("m", 1);
        // The ping after the next one is only sent when the pong before it has come.
        await client.NextAsync("ping");
        await _page.DisposeAsync();
        await EmitAsync(3);

        _page = NodePage.Open();
        client = await ConnectAsync(auth);

        int first = (await client.NumbersAsync("m", 1)).Single();
        first.Should().NotBe(1, "its pong was the receipt");
        while (first != 3)
        {
            first = (await client.NumbersAsync("m", 1)).Single();
        }
    }

    private Task<NodeClient> ConnectAsync(object? auth = null) => _page.ConnectAsync(_host.Network.Url, transport, auth);

    private async Task EmitAsync(int number)
    {
        await using EventClient bob = await _host.ConnectAsync("session=bob");
        await bob.EmitAsync("lobby", "m", number, id: $"{number}");
    }
}
