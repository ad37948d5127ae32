using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

/// <summary>Events that the server emits.</summary>
internal sealed class ServerEmitTests
{
    [Test]
    public async Task An_event_goes_to_rooms_without_exceptions_and_has_a_number_once_durable()
    {
        await using TestServer server = await TestServer.StartAsync();
        Namespace chat = server.Server.Of("/chat");
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby", "/chat");
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby", "/chat");
        Session session = (await chat.FindSessionAsync("bob").OrTimeout())!;

        Broadcast lobby = chat.To("lobby");
        long first = await lobby.Except(session).EmitAsync("news", new { text = "hi" }).OrTimeout();
        long second = await session.EmitAsync("direct").OrTimeout();
        long third = await session.To("lobby").EmitAsync("others").OrTimeout();
        long fourth = await chat.EmitAsync("all", 1).OrTimeout();
        long none = await lobby.Volatile.EmitAsync("now").OrTimeout();

        none.Should().Be(0);
        (await alice.NextIdsAsync(3)).Should().Equal(first, third, fourth);
        (await bob.NextIdsAsync(2)).Should().Equal(second, fourth);
        (await alice.NextAsync("event")).TryGetProperty("id", out _).Should().BeFalse();
        (await chat.SessionsAsync("lobby").OrTimeout()).Select(found => found.Name).Should().BeEquivalentTo("alice", "bob");
    }

    [Test]
    public async Task Emitting_to_an_ended_session_throws_UnknownSessionException()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice");
        Session session = (await server.Server.Of("/").FindSessionAsync("alice").OrTimeout())!;
        await session.EndAsync().OrTimeout();

        await FluentActions.Awaiting(() => session.EmitAsync("late").OrTimeout()).Should().ThrowAsync<UnknownSessionException>();
        await FluentActions.Awaiting(() => session.JoinAsync("lobby").OrTimeout()).Should().ThrowAsync<UnknownSessionException>();
        await session.DisconnectAsync().OrTimeout();
    }

    [Test]
    public async Task An_answer_is_the_data_of_the_clients_acknowledgement()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice");
        Session session = (await server.Server.Of("/").FindSessionAsync("alice").OrTimeout())!;

        Task<int> asking = session.EmitWithAckAsync<int>("question", "6*7", Timeouts.Limit);
        JsonElement question = await alice.NextAsync("event");
        question.GetProperty("reply").GetBoolean().Should().BeTrue();
        await alice.SendAsync(new { type = "ack", id = question.GetProperty("id").GetInt64(), data = 42 });

        (await asking.OrTimeout()).Should().Be(42);
    }

    [Test]
    public async Task Asking_many_returns_the_answers_and_the_sessions_without_one()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await TestServer.StartAsync(options => options.TimeProvider = clock);
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        await using (await server.ConnectAsync("session=bob&room=lobby"))
        {
        }

        Task<Answers<string>> asking = server.Server.Of("/").To("lobby")
            .EmitWithAckAsync<string>("question", null, TimeSpan.FromSeconds(5));
        JsonElement question = await alice.NextAsync("event");
        await alice.SendAsync(new { type = "ack", id = question.GetProperty("id").GetInt64(), data = "yes" });
        await alice.PingAsync();
        asking.IsCompleted.Should().BeFalse("bob was asked too");
        clock.Advance(TimeSpan.FromSeconds(5));

        Answers<string> answers = await asking.OrTimeout();
        answers.Number.Should().Be(question.GetProperty("id").GetInt64());
        answers.Received.Should().ContainSingle().Which.Value.Should().Be("yes");
        answers.Missing.Should().ContainSingle().Which.Name.Should().Be("bob");
    }

    [Test]
    public async Task A_cancelled_token_stops_an_emit_before_it_is_stored()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice");
        Namespace ns = server.Server.Of("/");
        Session session = (await ns.FindSessionAsync("alice").OrTimeout())!;
        CancellationToken cancelled = new(canceled: true);

        Func<Task>[] calls =
        [
            () => ns.EmitAsync("e", cancelled), () => ns.EmitAsync("e", 1, cancelled), () => ns.Volatile.EmitAsync("e", cancelled),
            () => session.JoinAsync("lobby", cancelled), () => session.LeaveAsync("lobby", cancelled),
            () => session.DisconnectAsync(cancelled), () => session.EndAsync(cancelled), () => session.RoomsAsync(cancelled),
            () => ns.SessionsAsync(cancelled), () => ns.SessionsAsync("lobby", cancelled),
            () => ns.FindSessionAsync("alice", cancelled), () => session.EmitWithAckAsync<int>("q", null, Timeouts.Limit, cancelled),
            () => ns.To("lobby").EmitWithAckAsync<int>("q", null, Timeouts.Limit, cancelled),
        ];
        foreach (Func<Task> call in calls)
        {
            await FluentActions.Awaiting(() => call().OrTimeout()).Should().ThrowAsync<OperationCanceledException>();
        }

        await alice.ShouldHaveNoEventAsync();
        (await session.RoomsAsync().OrTimeout()).Should().BeEmpty();
    }

    [Test]
    public async Task Cancelling_the_wait_for_an_answer_does_not_take_the_question_back()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice");
        Session session = (await server.Server.Of("/").FindSessionAsync("alice").OrTimeout())!;
        using CancellationTokenSource stop = new();

        Task<int> asking = session.EmitWithAckAsync<int>("question", null, Timeout.InfiniteTimeSpan, stop.Token);
        await alice.NextAsync("event");
        await stop.CancelAsync();

        await FluentActions.Awaiting(() => asking.OrTimeout()).Should().ThrowAsync<OperationCanceledException>();
    }

    [Test]
    public async Task A_server_that_is_not_running_throws_ServerStoppedException()
    {
        TestServer server = await TestServer.HandlingAsync(mq =>
            FluentActions.Awaiting(() => mq.Of("/").EmitAsync("early"))
                .Should().ThrowAsync<ServerStoppedException>().GetAwaiter().GetResult());
        await server.DisposeAsync();

        await FluentActions.Awaiting(() => server.Server.Of("/").EmitAsync("late").OrTimeout())
            .Should().ThrowAsync<ServerStoppedException>();
    }
}
