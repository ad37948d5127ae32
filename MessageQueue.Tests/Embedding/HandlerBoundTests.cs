using System.Text.Json;
using MessageQueue.Handlers;
using MessageQueue.Protocol;
using MessageQueue.Tests.EndToEnd;

namespace MessageQueue.Tests.Embedding;

/// <summary>The limits on what handlers and their clients may use of the server.</summary>
internal sealed class HandlerBoundTests
{
    private const int Answer = 10_000;

    private sealed record Message(string Room, string? Text = null);

    [Test]
    public async Task Stored_results_are_bounded_over_all_sessions_and_the_oldest_are_removed_first()
    {
        int runs = 0;
        await using TestServer server = await TestServer.HandlingAsync(
            mq =>
            {
                mq.Of("/").On("ask", session => Task.FromResult<object?>($"{++runs}{new string('x', Answer)}"));
                mq.Of("/").On("next", session => Task.FromResult<object?>(null));
            },
            options => options.MaxKeptAnswerBytes = 25_000);
        await using EventClient alice = await server.ConnectAsync("session=alice");
        await using EventClient bob = await server.ConnectAsync("session=bob");
        await using EventClient carol = await server.ConnectAsync("session=carol");

        foreach (EventClient client in new[] { alice, bob, carol })
        {
            await AskAsync(client);

            // A client gets its answer before the server keeps it. The next handler of its session begins after that.
            await client.SendAsync(new { type = "emit", @event = "next" });
            await client.NextAsync("ack");
        }

        (await AskAsync(carol)).Should().StartWith("3", "its answer is kept");
        (await AskAsync(bob)).Should().StartWith("2", "its answer is kept");
        (await AskAsync(alice)).Should().StartWith("4", "there was no room for its answer, so that the handler runs again");
    }

    [Test]
    public void Stored_results_are_counted()
    {
        List<string> forgotten = [];
        KeptAnswers answers = new(maxBytes: 3000);
        HandlerResult result = new(new EventData(new byte[1000], HasSeveralArguments: false), null);
        KeptAnswer[] kept = [.. Enumerable.Range(0, 4)
            .Select(i => new KeptAnswer($"{i}", result, answer => forgotten.Add(answer.Key)))];

        answers.Add(kept[0]);
        forgotten.Should().BeEmpty();
        answers.Add(kept[1]);
        forgotten.Should().Equal("0");
        answers.Remove(kept[0]);
        answers.Remove(kept[1]);
        answers.Bytes.Should().Be(0);
        answers.Add(kept[2]);
        answers.Bytes.Should().Be(1512, "with 512 beside its data");
    }

    [Test]
    public async Task A_handler_that_hangs_for_many_sessions_leaves_the_others_running()
    {
        const int Sessions = 20;
        TaskCompletionSource never = new();
        await using TestServer server = await TestServer.HandlingAsync(
            mq =>
            {
                mq.Of("/").On("hang", session => never.Task);
                mq.Of("/").On("echo", session => Task.FromResult<object?>("here"));
            },
            options =>
            {
                (options.MaxInboxBytes, options.MaxInboxTotalBytes) = (8192, 65_536);
                options.HandlerStopTimeout = TimeSpan.Zero;
            });
        List<EventClient> hanging = [];
        for (int i = 0; i < Sessions; i++)
        {
            EventClient client = await server.ConnectAsync($"session=hanging-{i}");
            hanging.Add(client);
            await client.SendAsync(new { type = "emit", @event = "hang", data = new string('x', 7000) });
        }

        await using EventClient alice = await server.ConnectAsync("session=alice");
        await alice.SendAsync(new { type = "emit", @event = "echo", id = "1", data = new string('x', 5000) });

        (await alice.NextAsync("ack")).GetProperty("data").GetString().Should().Be("here");
        await Task.WhenAll(hanging.Select(client => client.DisposeAsync().AsTask()));
    }

    [Test]
    public async Task Data_that_lacks_what_a_type_requires_is_refused()
    {
        await using TestServer server = await TestServer.HandlingAsync(mq => Handle(mq));
        await using EventClient alice = await server.ConnectAsync("session=alice");

        (await SendAsync(alice, """{"txt":"hi"}""", "error")).GetProperty("code").GetString().Should().Be("bad_message");
        (await SendAsync(alice, """{"room":null}""", "error")).GetProperty("code").GetString().Should().Be("bad_message");
        (await SendAsync(alice, """{"room":"red","more":1}""")).GetProperty("data").GetString()
            .Should().Be("red ", "optional fields may be missing, and unknown fields are allowed");
        (await SendAsync(alice, """{"room":"red","text":null}""")).GetProperty("type").GetString().Should().Be("ack");
    }

    [Test]
    public async Task JSON_options_of_the_app_are_used_unchanged()
    {
        await using TestServer server = await TestServer.HandlingAsync(
            Handle, options => options.JsonSerializerOptions = new(JsonSerializerDefaults.Web));
        await using EventClient alice = await server.ConnectAsync("session=alice");

        (await SendAsync(alice, """{"txt":"hi"}""")).GetProperty("data").GetString().Should().Be(" ");
    }

    private static void Handle(MessageQueueServer server) =>
        server.Of("/").On<Message>("message", (session, message) => Task.FromResult<object?>($"{message.Room} {message.Text}"));

    private static async Task<string> AskAsync(EventClient client)
    {
        await client.SendAsync(new { type = "emit", @event = "ask", id = "1" });
        return (await client.NextAsync("ack")).GetProperty("data").GetString()!;
    }

    private static async Task<JsonElement> SendAsync(EventClient client, string data, string answer = "ack")
    {
        await client.SendAsync($$"""{"type":"emit","event":"message","id":"1","data":{{data}}}""");
        return await client.NextAsync(answer);
    }
}
