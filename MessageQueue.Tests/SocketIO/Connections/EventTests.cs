using System.Text;
using System.Text.Json;

namespace MessageQueue.Tests.SocketIO.Connections;

/// <summary>Events and answers, both ways.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class EventTests : IAsyncDisposable
{
    private readonly SocketIOHarness _server = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [TestCase("""["echo"]""", "echo ")]
    [TestCase("""["echo",1]""", "echo 1")]
    [TestCase("""["echo",[1]]""", "echo [1]")]
    [TestCase("""["echo", {"a": 1 } ]""", """echo {"a": 1 }""")]
    [TestCase("""["echo",1,"2",{"3":[true]}]""", """echo [1,"2",{"3":[true]}] args""")]
    [TestCase("""[7,1]""", "7 1")]
    public async Task A_handler_gets_the_arguments_as_data(string payload, string called)
    {
        (FakeEngine client, _) = await _server.ConnectAsync();

        await client.SendAsync($"2{payload}", """21["echo"]""");

        await client.NextAsync();
        _server.App.Called.First().Should().Be(called);
    }

    [TestCase("""["echo"]""", "[]")]
    [TestCase("""["echo",1]""", "[1]")]
    [TestCase("""["echo",[1,2]]""", "[[1,2]]")]
    [TestCase("""["echo",1,"2"]""", """[1,"2"]""")]
    public async Task A_handler_answers_with_values(string payload, string answer)
    {
        (FakeEngine client, _) = await _server.ConnectAsync();

        await client.SendAsync($"2456{payload}");

        (await client.NextAsync()).Should().Be($"3456{answer}");
    }

    [Test]
    public async Task Bytes_come_and_go_as_attachments()
    {
        (FakeEngine client, _) = await _server.ConnectAsync();

        await client.SendAsync("""52-789["echo",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""");
        await client.SendAsync([1, 2, 3]);
        await client.SendAsync([4, 5, 6]);

        _server.App.Called.Should().Equal("""echo [{"$binary":"AQID"},{"$binary":"BAUG"}] args""");
        (await client.NextAsync()).Should().Be("""62-789[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""");
        (await client.NextAttachmentAsync()).Should().Equal(1, 2, 3);
        (await client.NextAttachmentAsync()).Should().Equal(4, 5, 6);
    }

    [Test]
    public async Task An_event_that_is_refused_is_answered_with_an_error()
    {
        (FakeEngine client, _) = await _server.ConnectAsync();

        await client.SendAsync("""21["unknown"]""", """2["unknown"]""", $$"""22["{{new string('x', 129)}}"]""");

        (await client.NextAsync()).Should().StartWith("""31[{"error":{"code":"unhandled","message":""");
        (await client.NextAsync()).Should().StartWith("""2["mq:error",{"code":"unhandled","message":""");
        (await client.NextAsync()).Should().StartWith("""32[{"error":{"code":"bad_message","message":"the event""");
    }

    [Test]
    public async Task A_stored_event_ends_with_its_number()
    {
        (FakeEngine client, _) = await _server.ConnectAsync();

        long one = await _server.EmitAsync("""{"a":1}""");
        long several = await _server.EmitAsync("[1,2]", ""","args":true""");
        long none = await _server.EmitAsync("[]", ""","args":true""");

        (await client.NextAsync()).Should().Be($$"""2["say",{"a":1},"{{one}}"]""");
        (await client.NextAsync()).Should().Be($$"""2["say",1,2,"{{several}}"]""");
        (await client.NextAsync()).Should().Be($$"""2["say","{{none}}"]""");
    }

    [Test]
    public async Task A_volatile_event_ends_with_the_number_of_the_event_before_it()
    {
        (FakeEngine client, _) = await _server.ConnectAsync();

        await _server.EmitAsync("\"x\"", ""","volatile":true""");
        (await client.NextAsync()).Should().Be("""2["say","x","0000000000000000000"]""");
        long stored = await _server.EmitAsync();
        await client.NextAsync();
        await _server.EmitAsync("""[{"$binary":"AQID"},1]""", ""","volatile":true,"args":true""");
        await _server.EmitAsync($"\"{new string('x', 70_000)}\"", ""","volatile":true""");

        (await client.NextAsync()).Should().Be($$"""51-["say",{"_placeholder":true,"num":0},1,"{{stored:D19}}"]""");
        (await client.NextAttachmentAsync()).Should().Equal(1, 2, 3);
        (await client.NextAsync()).Should().EndWith($"x\",\"{stored:D19}\"]");
    }

    [Test]
    public async Task Without_recovery_events_have_no_number()
    {
        _server.Options.ConnectionStateRecovery = false;
        await using SocketIOHarness server = new(options => options.ConnectionStateRecovery = false);
        (FakeEngine client, _) = await server.ConnectAsync();

        await server.EmitAsync();
        await server.EmitAsync("2", ""","volatile":true""");

        (await client.NextAsync()).Should().Be("""2["say",1]""");
        (await client.NextAsync()).Should().Be("""2["say",2]""");
    }

    [Test]
    public async Task An_event_with_a_reserved_name_gets_a_prefix()
    {
        (FakeEngine client, _) = await _server.ConnectAsync();

        await client.SendAsync("""21["mq:emit","lobby","disconnect",1]""");

        (await client.NextAsync()).Should().StartWith("""2["mq:disconnect",1,""");
    }

    [TestCase("[5]", "5")]
    [TestCase("[5,6]", "[5,6]")]
    [TestCase("[]", "[]")]
    [TestCase("", "[]")]
    public async Task A_client_answers_an_event(string answer, string expected)
    {
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync();
        _server.Broker.Broker.Acknowledgements.Replies = _server.App;
        _server.EmitWithAck();
        string received = await client.NextAsync();
        string id = received[1..received.IndexOf('[', StringComparison.Ordinal)];
        received.Should().Be($$"""2{{id}}["ask",1]""", "the id of the answer is its number");

        await client.SendAsync($"3{id}{answer}");

        (await _server.PendingAsync(connect)).Should().Be(0);
        _server.App.Answers.Should().Equal($"{id} {expected}");
    }

    [Test]
    public async Task A_full_output_delays_events_and_loses_none()
    {
        (FakeEngine client, _) = await _server.ConnectAsync();
        client.IsFull = true;
        long first = await _server.EmitAsync();
        long second = await _server.EmitAsync("2");
        client.Waiting.Should().Be(0);

        client.IsFull = false;
        client.Handler.OnDrained();

        (await client.NextAsync()).Should().Be($$"""2["say",1,"{{first}}"]""");
        (await client.NextAsync()).Should().Be($$"""2["say",2,"{{second}}"]""");
    }

    [Test]
    public async Task All_receivers_share_one_frame()
    {
        (FakeEngine one, _) = await _server.ConnectAsync();
        (FakeEngine two, _) = await _server.ConnectAsync();
        string data = Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(new string('x', 1000)));

        await _server.EmitAsync(data);

        (await one.NextAsync()).Should().Be(await two.NextAsync());
        _server.Dialect.Frames.Built.Should().Be(1);
    }
}
