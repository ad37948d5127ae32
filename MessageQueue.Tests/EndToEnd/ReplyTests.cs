using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using MessageQueue.Commands;
using MessageQueue.Delivery;
using MessageQueue.Protocol;
using MessageQueue.State;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.State;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>Events that the server wants an answer to, and the answers, on the wire.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ReplyTests
{
    [Test]
    public async Task An_event_that_asks_for_a_reply_is_marked_and_the_reply_arrives()
    {
        await using TestServer server = await TestServer.StartAsync();
        Replies replies = new(server);
        await using EventClient bob = await server.ConnectAsync("session=bob");
        Emit(server, expectsReply: true);

        JsonElement question = await bob.NextAsync("event");
        question.Has("reply").Should().BeTrue();
        await bob.SendAsync($$$"""{"type":"ack","id":{{{question.Id()}}},"data":{"a" : 1.0}}""");

        (await replies.NextAsync()).Should().Be((question.Id(), "bob", """{"a" : 1.0}"""));
        await using EventClient back = await server.ConnectAsync("session=bob");
        back.Welcome.GetProperty("pending").GetInt32().Should().Be(0, "the answer acknowledges");
    }

    [Test]
    public async Task A_redelivered_event_still_asks_for_a_reply()
    {
        await using TestServer server = await TestServer.StartAsync();
        Replies replies = new(server);
        await using EventClient first = await server.ConnectAsync("session=bob");
        Emit(server, expectsReply: true);
        long id = (await first.NextAsync("event")).Id();

        await using EventClient second = await server.ConnectAsync("session=bob");
        JsonElement again = await second.NextAsync("event");
        again.Has("reply").Should().BeTrue();
        again.Has("redelivered").Should().BeTrue();
        await second.SendAsync(new { type = "ack", id, data = "late" });

        (await replies.NextAsync()).Should().Be((id, "bob", "\"late\""));
    }

    [Test]
    public async Task With_automatic_acknowledgement_a_reply_still_counts()
    {
        await using TestServer server = await TestServer.StartAsync();
        Replies replies = new(server);
        await using EventClient bob = await server.ConnectAsync("session=bob&ack=auto");
        Emit(server, expectsReply: true);
        long id = (await bob.NextAsync("event")).Id();

        await bob.SendAsync(new { type = "ack", id, data = (string?)null });

        (await replies.NextAsync()).Should().Be((id, "bob", "null"));
    }

    [Test]
    public async Task Other_events_do_not_ask_for_a_reply_and_an_acknowledgement_without_data_is_not_one()
    {
        await using TestServer server = await TestServer.StartAsync();
        Replies replies = new(server);
        await using EventClient bob = await server.ConnectAsync("session=bob");
        Emit(server, expectsReply: false);
        JsonElement received = await bob.NextAsync("event");
        received.TryGetProperty("reply", out _).Should().BeFalse();

        await bob.SendAsync(new { type = "ack", id = received.Id() });
        await bob.PingAsync();

        replies.Count.Should().Be(0);
    }

    [Test]
    public async Task A_reply_to_several_events_or_to_a_range_is_refused()
    {
        await using TestServer server = await TestServer.StartAsync();
        Replies replies = new(server);
        await using EventClient bob = await server.ConnectAsync("session=bob");

        await bob.SendAsync("""{"type":"ack","id":[1,2],"data":1}""");
        await bob.SendAsync("""{"type":"ack","upTo":1,"data":1}""");

        (await bob.NextAsync("error")).GetProperty("code").GetString().Should().Be("bad_message");
        (await bob.NextAsync("error")).GetProperty("code").GetString().Should().Be("bad_message");
        replies.Count.Should().Be(0);
    }

    [Test]
    public async Task Each_of_several_asked_sessions_replies_for_itself()
    {
        await using TestServer server = await TestServer.StartAsync();
        Replies replies = new(server);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        Emit(server, expectsReply: true, to: "lobby");
        long id = (await bob.NextAsync("event")).Id();
        (await alice.NextAsync("event")).Id().Should().Be(id);

        await alice.SendAsync(new { type = "ack", id, data = "A" });
        (await replies.NextAsync()).Should().Be((id, "alice", "\"A\""));
        await bob.SendAsync(new { type = "ack", id, data = "B" });
        (await replies.NextAsync()).Should().Be((id, "bob", "\"B\""));
    }

    [Test]
    public async Task A_reply_that_nobody_waits_for_is_allowed_and_has_no_effect()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        await using EventClient eve = await server.ConnectAsync("session=eve");
        long id = await eve.EmitAsync("lobby");
        (await bob.NextIdsAsync(1)).Should().Equal(id);

        // The event wants no answer, was not sent to this session, is unknown, or is answered too late.
        await eve.SendAsync(new { type = "ack", id, data = 1 });
        await eve.SendAsync(new { type = "ack", id = 999_999, data = 1 });
        await eve.PingAsync();
        await using EventClient again = await server.ConnectAsync("session=bob");
        (await again.NextIdsAsync(1)).Should().Equal([id], "only the session for which it is pending can settle it");
        await again.SendAsync(new { type = "ack", id });
        await again.SendAsync(new { type = "ack", id, data = 1 });
        await again.PingAsync();

        eve.Frames("error").Count.Should().Be(0);
        again.Frames("error").Count.Should().Be(0);
    }

    [Test]
    public async Task An_event_that_asks_for_a_reply_is_redelivered_until_it_is_acknowledged()
    {
        await using TestServer server = await TestServer.StartAsync();
        Replies replies = new(server);
        await using EventClient bob = await server.ConnectAsync("session=bob");
        Emit(server, expectsReply: true);
        long id = (await bob.NextAsync("event")).Id();
        await bob.SendAsync(new { type = "ack", id });
        await bob.PingAsync();

        await using EventClient again = await server.ConnectAsync("session=bob");
        await again.ShouldHaveNoEventAsync();
        replies.Count.Should().Be(0);
    }

    private static void Emit(TestServer server, bool expectsReply, string to = "@bob")
    {
        byte[] record = new TestEmit("question", to) { Data = "", ExpectsReply = expectsReply }.Encode();
        server.Server.Core.Broker.Queue.TryAdd(new Command(CommandKind.Emit, record, Origin: null, default));
    }

    private sealed class Replies : IReplySink
    {
        private readonly Channel<(long, string, string)> _replies = Channel.CreateUnbounded<(long, string, string)>();

        public Replies(TestServer server) => server.Server.Core.Broker.Acknowledgements.Replies = this;

        public int Count => _replies.Reader.Count;

        public void OnReply(long eventId, SessionState session, EventData data) =>
            _replies.Writer.TryWrite((eventId, session.Name, Encoding.UTF8.GetString(data.Json.Span)));

        public Task<(long Id, string Session, string Data)> NextAsync() => _replies.Reader.ReadAsync().OrTimeout();
    }
}
