using System.Text.Json;

namespace MessageQueue.Tests.SocketIO.Connections;

/// <summary>The events by which a client uses rooms without code on the server.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RoomEventTests : IAsyncDisposable
{
    private readonly SocketIOHarness _server = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Test]
    public async Task A_client_emits_to_a_room()
    {
        (FakeEngine client, _) = await _server.ConnectAsync();

        await client.SendAsync("""21["mq:emit","lobby","say",1,"2"]""");

        string received = await client.NextAsync();
        string acknowledged = await client.NextAsync();
        long id = JsonElement.Parse(acknowledged[3..^1]).GetProperty("id").GetInt64();
        received.Should().Be($$"""2["say",1,"2","{{id}}"]""");
    }

    [TestCase("""["mq:emit",["other","lobby"],"say"]""")]
    [TestCase("""["mq:emit",{"to":"lobby","ttl":1000,"more":[{}]},"say"]""")]
    [TestCase("""["mq:emit",{"to":["lobby"],"volatile":false,"echo":true},"say"]""")]
    [TestCase("""[ "mq:emit" , "\u006cobby" , "\u0073ay" ]""")]
    [TestCase("""["mq:emit","*","say"]""")]
    public async Task Rooms_come_in_several_forms(string payload)
    {
        (FakeEngine client, _) = await _server.ConnectAsync();

        await client.SendAsync($"2{payload}");

        (await client.NextAsync()).Should().StartWith("""2["say",""");
    }

    [Test]
    public async Task A_client_emits_a_volatile_event_and_not_to_itself()
    {
        (FakeEngine client, _) = await _server.ConnectAsync();
        (FakeEngine other, _) = await _server.ConnectAsync();

        await client.SendAsync("""21["mq:emit",{"to":"lobby","volatile":true,"echo":false},"say",1]""");

        (await other.NextAsync()).Should().Be("""2["say",1,"0000000000000000000"]""");
        (await client.NextAsync()).Should().Be("31[]");
    }

    [Test]
    public async Task A_client_leaves_a_room()
    {
        (FakeEngine client, _) = await _server.ConnectAsync();

        await client.SendAsync("""21["mq:leave","lobby"]""");

        (await client.NextAsync()).Should().Be("31[]");
        await _server.EmitAsync();
        client.Waiting.Should().Be(0);
    }

    [Test]
    public async Task A_client_acknowledges_by_number()
    {
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync();
        long number = await _server.EmitAsync();

        await client.SendAsync($"2[\"mq:ack\",\"{number}\"]");

        (await _server.PendingAsync(connect)).Should().Be(0);
    }

    [TestCase("""["mq:join"]""")]
    [TestCase("""["mq:join",1]""")]
    [TestCase("""["mq:join","*"]""")]
    [TestCase("""["mq:join","\ud800"]""")]
    [TestCase("""["mq:leave",{}]""")]
    [TestCase("""["mq:emit"]""")]
    [TestCase("""["mq:emit","lobby"]""")]
    [TestCase("""["mq:emit",[],"say"]""")]
    [TestCase("""["mq:emit",[[]],"say"]""")]
    [TestCase("""["mq:emit",{},"say"]""")]
    [TestCase("""["mq:emit",{"to":"lobby","ttl":0},"say"]""")]
    [TestCase("""["mq:emit",{"to":"lobby","volatile":1},"say"]""")]
    [TestCase("""["mq:emit","lobby",5]""")]
    [TestCase("""["mq:ack","x"]""")]
    [TestCase("""["mq:ack"]""")]
    [TestCase("""["mq:ack","\ud800"]""")]
    public async Task A_wrong_argument_is_refused(string payload)
    {
        (FakeEngine client, _) = await _server.ConnectAsync();

        await client.SendAsync($"21{payload}");

        (await client.NextAsync()).Should().StartWith("""31[{"error":{"code":"bad_message","message":""");
        client.ClosedWith.Should().BeNull();
    }

    [Test]
    public async Task Without_the_option_they_are_events_for_the_app()
    {
        await using SocketIOHarness server = new(options => options.RoomEvents = false);
        FakeEngine client = server.Open();
        await client.SendAsync("0", """21["mq:join","lobby"]""");

        (await client.NextAsync()).Should().StartWith("0{");
        (await client.NextAsync()).Should().Be("""31["lobby"]""");
        server.App.Called.Should().Equal("mq:join \"lobby\"");
    }
}
