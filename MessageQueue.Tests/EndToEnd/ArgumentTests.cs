using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>Events with several arguments, on the wire.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ArgumentTests
{
    private const string Several = """[1, {"$binary":"AQI="},"three"]""";

    [TestCase(false)]
    [TestCase(true)]
    public async Task Several_arguments_arrive_as_they_were_emitted_and_are_marked(bool isVolatile)
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");

        await bob.SendAsync(Emit(Several, isVolatile ? ""","args":true,"volatile":true""" : ""","args":true"""));
        await bob.SendAsync(Emit("[1,2]", ""","args":false"""));

        ShouldBeSeveral(await bob.NextAsync("event"));
        (await bob.NextAsync("event")).TryGetProperty("args", out _).Should().BeFalse("this one has one argument, an array");
    }

    [Test]
    public async Task Args_without_an_array_is_refused_and_nothing_is_stored()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");

        await bob.SendAsync(Emit("1", ""","args":true,"id":"r" """));

        JsonElement error = await bob.NextAsync("error");
        error.GetProperty("code").GetString().Should().Be("bad_message");
        error.GetProperty("message").GetString().Should().Contain("`data`").And.Contain("`args`");
        error.GetProperty("ref").GetString().Should().Be("r");
        await bob.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task Several_arguments_survive_a_restart()
    {
        using TemporaryDirectory data = new();
        await using (TestServer server = await TestServer.StartAsync(data))
        {
            await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
            await bob.SendAsync(Emit(Several, ""","args":true"""));
            ShouldBeSeveral(await bob.NextAsync("event"));
        }

        await using TestServer restarted = await TestServer.StartAsync(data);
        await using EventClient back = await restarted.ConnectAsync("session=bob");
        ShouldBeSeveral(await back.NextAsync("event"));
    }

    [Test]
    public async Task An_event_is_published_with_several_arguments()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        string url = $"{server.Url}/?to=lobby&event=e";

        (await HttpReply.PostAsync($"{url}&args=true", Several)).ShouldBeAck();
        (await HttpReply.PostAsync($"{url}&args=false", "[1,2]")).ShouldBeAck();
        (await HttpReply.PostAsync($"{url}&args=true", "1")).ShouldBeError(400, "bad_message");
        (await HttpReply.PostAsync($"{url}&args=true")).ShouldBeError(400, "bad_message");
        (await HttpReply.PostAsync($"{url}&args=yes", Several)).ShouldBeError(400, "bad_message");

        ShouldBeSeveral(await bob.NextAsync("event"));
        (await bob.NextAsync("event")).TryGetProperty("args", out _).Should().BeFalse();
        await bob.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task A_dead_letter_says_that_its_event_has_several_arguments()
    {
        await using TestServer server = await TestServer.StartAsync(options => options.MaxDeliveries = 1);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        await using EventClient reader = await server.ConnectAsync("session=reader&room=dead:bob");
        await bob.SendAsync(Emit(Several, ""","args":true"""));
        long id = (await bob.NextAsync("event")).Id();

        await bob.SendAsync(new { type = "nack", id });

        JsonElement letter = await reader.NextAsync("event");
        letter.TryGetProperty("args", out _).Should().BeFalse("the letter itself has one argument");
        ShouldBeSeveral(letter.GetProperty("data"));
    }

    [Test]
    public async Task A_dump_of_the_log_says_which_events_have_several_arguments()
    {
        using TemporaryDirectory data = new();
        await using (TestServer server = await TestServer.StartAsync(data))
        {
            await using EventClient bob = await server.ConnectAsync("session=bob");
            await bob.SendAsync(Emit("[1,2]", ""","args":true"""));
            await bob.SendAsync(Emit("[1,2]"));
            await bob.NextAsync("ack");
            await bob.NextAsync("ack");
        }

        using MemoryStream dump = new();
        MessageQueueLog.Dump(data.FullName, dump);

        JsonElement[] emits =
        [
            .. System.Text.Encoding.UTF8.GetString(dump.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(static line => JsonSerializer.Deserialize<JsonElement>(line))
                .Where(static record => record.GetProperty("type").GetString() == "eventEmitted"),
        ];
        emits.Select(static emit => emit.Has("args")).Should().Equal(true, false);
    }

    private static string Emit(string data, string fields = "") =>
        $$"""{"type":"emit","event":"e","to":"lobby","data":{{data}}{{fields}}}""";

    private static void ShouldBeSeveral(JsonElement message)
    {
        message.Has("args").Should().BeTrue();
        message.GetProperty("data").GetRawText().Should().Be(Several);
    }
}
