using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.SocketIO.EndToEnd;

/// <summary>What stock clients and handlers say to each other: arguments, bytes, acknowledgements, namespaces, refusals.</summary>
[TestFixture(NodeTransport.Default)]
[TestFixture(NodeTransport.WebSocket)]
[TestFixture(NodeTransport.Polling)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ConversationTests(NodeTransport transport)
{
    private static readonly object Bytes = new Dictionary<string, string> { ["$binary"] = "AQID" };

    private SocketIOWorld _world = null!;

    [SetUp]
    public async Task SetUpAsync() => _world = await SocketIOWorld.HandlingAsync(server =>
    {
        Namespace root = server.Of("/");
        root.On<string, int>("two", (_, text, number) => Task.FromResult<object?>(new Arguments(number, text)));
        root.On<byte[]>("bytes", (_, bytes) => Task.FromResult<object?>(bytes.Reverse().ToArray()));
        root.On<Picture>("picture", (_, picture) => Task.FromResult<object?>(picture with { Name = picture.Name + "!" }));
        root.On("none", _ => Task.CompletedTask);
        root.On("broken", _ => throw new InvalidOperationException("inner detail"));
        root.On<string>("room", (session, room) => session.JoinAsync(room));
        root.On<string>("say", (session, text) => session.EmitAsync("said", new Arguments(text, text.Length)));
        server.Of("/chat").On("where", session => Task.FromResult<object?>(session.Namespace.Name));
    });

    [TearDown]
    public async Task TearDownAsync() => await _world.DisposeAsync();

    [Test]
    public async Task Several_arguments_go_to_a_handler_and_come_back()
    {
        NodeClient client = await _world.ConnectAsync(transport);

        JsonElement[] answer = await client.AskAsync("two", "größer 🙂", 7);

        answer.Should().HaveCount(2);
        answer[0].GetInt32().Should().Be(7);
        answer[1].GetString().Should().Be("größer 🙂");
    }

    [Test]
    public async Task Bytes_go_to_a_handler_and_come_back()
    {
        NodeClient client = await _world.ConnectAsync(transport);

        JsonElement[] answer = await client.AskAsync("bytes", Bytes);

        answer.Single().GetRawText().Should().Be("""{"$binary":"AwIB"}""", "the client got bytes, and the driver says so");
    }

    [Test]
    public async Task Bytes_inside_of_an_object_go_to_a_handler_and_come_back()
    {
        NodeClient client = await _world.ConnectAsync(transport);

        JsonElement[] answer = await client.AskAsync("picture", new { name = "cat", content = Bytes });

        answer.Single().GetProperty("name").GetString().Should().Be("cat!");
        answer.Single().GetProperty("content").GetRawText().Should().Be("""{"$binary":"AQID"}""");
    }

    [Test]
    public async Task A_handler_without_an_answer_acknowledges_without_arguments()
    {
        NodeClient client = await _world.ConnectAsync(transport);

        (await client.AskAsync("none")).Should().BeEmpty();
    }

    [Test]
    public async Task A_refusal_is_the_only_argument_of_the_acknowledgement()
    {
        _world.Server.ToleratesErrors = true;
        NodeClient client = await _world.ConnectAsync(transport);

        JsonElement unhandled = (await client.AskAsync("unknown"))[0].GetProperty("error");
        JsonElement failed = (await client.AskAsync("broken"))[0].GetProperty("error");

        unhandled.GetProperty("code").GetString().Should().Be("unhandled");
        failed.GetProperty("code").GetString().Should().Be("failed");
        failed.GetProperty("message").GetString().Should().NotContain("inner detail");
    }

    [Test]
    public async Task Without_an_acknowledgement_a_refusal_is_an_event()
    {
        NodeClient client = await _world.ConnectAsync(transport);

        await client.EmitAsync("unknown");

        JsonElement refusal = await client.EventAsync();
        refusal.GetProperty("event").GetString().Should().Be("mq:error");
        NodeClient.Args(refusal)[0].GetProperty("code").GetString().Should().Be("unhandled");
    }

    [Test]
    public async Task The_server_emits_to_one_to_a_room_and_to_all_except_one()
    {
        NodeClient ann = await _world.ConnectAsync(transport);
        NodeClient ben = await _world.ConnectAsync(transport);
        await ann.AskAsync("room", "lobby");
        await ann.AskAsync("say", "hello");
        Session session = (await _world.Root.SessionsAsync("lobby").OrTimeout()).Single();

        await _world.Root.To("lobby").EmitAsync("m", 1).OrTimeout();
        await _world.Root.Except(session).EmitAsync("m", 2).OrTimeout();
        await _world.Root.EmitAsync("m", 3).OrTimeout();

        JsonElement[] said = NodeClient.Args(await ann.EventAsync());
        said[0].GetString().Should().Be("hello");
        said[1].GetInt32().Should().Be(5);
        (await ann.NumbersAsync("m", 2)).Should().Equal(1, 3);
        (await ben.NumbersAsync("m", 2)).Should().Equal(2, 3);
    }

    [Test]
    public async Task Emitted_bytes_arrive_as_bytes_also_in_a_question()
    {
        NodeClient client = await _world.ConnectAsync(transport);
        Session session = (await _world.Root.SessionsAsync().OrTimeout()).Single();

        await _world.Root.EmitAsync("b", new Arguments("x", new byte[] { 1, 2, 3 })).OrTimeout();
        Task<byte[]?> asking = session.EmitWithAckAsync<byte[]>("question", new byte[] { 1, 2, 3 }, Timeouts.Limit);
        JsonElement emitted = await client.EventAsync();
        JsonElement question = await client.EventAsync();
        await client.AnswerAsync(question, NodeClient.Args(question)[0]);

        NodeClient.Args(emitted)[1].GetRawText().Should().Be("""{"$binary":"AQID"}""");
        NodeClient.Args(question)[0].GetRawText().Should().Be("""{"$binary":"AQID"}""");
        (await asking.OrTimeout()).Should().Equal(1, 2, 3);
    }

    [Test]
    public async Task Bytes_and_several_arguments_mean_the_same_to_a_json_client()
    {
        NodeClient client = await _world.ConnectAsync(transport);
        await using EventClient json = await _world.Server.ConnectAsync("session=json");

        await json.SendAsync("""{"type":"emit","event":"m","to":"*","args":true,"data":[1,{"$binary":"AQID"}],"echo":false}""");
        await json.NextAsync("ack");
        await _world.Root.EmitAsync("m", new Arguments(2, new byte[] { 4 })).OrTimeout();

        JsonElement[] first = NodeClient.Args(await client.EventAsync());
        first[0].GetInt32().Should().Be(1);
        first[1].GetRawText().Should().Be("""{"$binary":"AQID"}""");
        JsonElement frame = await json.NextAsync("event");
        frame.GetProperty("data").GetRawText().Should().Be("""[2,{"$binary":"BA=="}]""");
        frame.Has("args").Should().BeTrue();
    }

    [Test]
    public async Task Namespaces_share_one_connection_and_nothing_else()
    {
        NodeClient root = await _world.ConnectAsync(transport);

        NodeClient chat = await _world.Page.ShareAsync(root, "/chat");

        (await chat.AskAsync("where"))[0].GetString().Should().Be("/chat");
        chat.Id.Should().NotBe(root.Id);
        _world.Server.Server.ConnectionCount.Should().Be(1);
        await chat.DoAsync("disconnect");
        (await chat.DisconnectedAsync()).Should().Be("io client disconnect");
        (await root.AskAsync("none")).Should().BeEmpty("the other namespace goes on");
    }

    [Test]
    public async Task A_namespace_that_the_app_does_not_have_is_refused()
    {
        NodeClient client = await _world.Page.OpenAsync(_world.Network.Url + "/unknown", transport.Options());

        (await client.RefusedAsync()).Should().Be("Invalid namespace");
    }

    [Test]
    public async Task A_session_that_is_disconnected_by_the_server_does_not_come_back_by_itself()
    {
        NodeClient client = await _world.ConnectAsync(transport);

        await (await _world.Root.SessionsAsync().OrTimeout()).Single().DisconnectAsync().OrTimeout();

        (await client.DisconnectedAsync()).Should().Be("io server disconnect");
    }

    internal sealed record Picture(string Name, BinaryValue Content);
}
