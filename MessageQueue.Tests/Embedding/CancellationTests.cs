using MessageQueue.Commands;
using MessageQueue.Handlers;
using MessageQueue.Pipeline;
using MessageQueue.State;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Pipeline;
using MessageQueue.Tests.State;

namespace MessageQueue.Tests.Embedding;

/// <summary>A token that is cancelled during a wait, in every place where the app waits for the library.</summary>
internal sealed class CancellationTests
{
    [Test]
    public async Task Cancelling_an_emit_that_waits_for_room_stores_nothing_and_returns_its_room()
    {
        StubbornLog log = new();
        await using BrokerHarness harness = new(log, options => options.MaxInboxTotalBytes = options.MaxInboxBytes = 1024);
        ServerCommands commands = Start(harness);
        using CancellationTokenSource giveUp = new();
        log.Hold();
        Task<Outcome> first = commands.SendAsync(CommandKind.Emit, Emit("first"), null, CancellationToken.None);
        await log.Syncing.WaitAsync().OrTimeout();

        Task<Outcome> second = commands.SendAsync(CommandKind.Emit, Emit("second"), null, giveUp.Token);
        Task<Outcome> third = commands.SendAsync(CommandKind.Emit, Emit("third"), null, CancellationToken.None);
        second.IsCompleted.Should().BeFalse("the first has all the room");
        await giveUp.CancelAsync();

        await FluentActions.Awaiting(() => second.OrTimeout()).Should().ThrowAsync<OperationCanceledException>();
        log.Release();
        long stored = (await first.OrTimeout()).EventId;
        (await third.OrTimeout()).EventId.Should().Be(stored + 1, "nothing was stored in between");
    }

    [Test]
    public async Task Cancelling_an_emit_that_is_on_its_way_still_returns_its_outcome()
    {
        StubbornLog log = new();
        await using BrokerHarness harness = new(log);
        ServerCommands commands = Start(harness);
        using CancellationTokenSource tooLate = new();
        log.Hold();
        Task<Outcome> emit = commands.SendAsync(CommandKind.Emit, Emit("event"), null, tooLate.Token);
        await log.Syncing.WaitAsync().OrTimeout();

        await tooLate.CancelAsync();
        log.Release();

        (await emit.OrTimeout()).EventId.Should().BePositive();
    }

    [Test]
    public async Task A_question_about_the_state_can_be_cancelled()
    {
        await using TestServer server = await TestServer.StartAsync();
        Namespace ns = server.Server.Of("/");
        using CancellationTokenSource giveUp = new();
        using ManualResetEventSlim busy = new();
        server.Server.Core.Broker.Post(ApplyInput.Call(_ => busy.Wait()));

        Task[] asking =
            [ns.SessionsAsync(giveUp.Token), ns.SessionsAsync("lobby", giveUp.Token), ns.FindSessionAsync("alice", giveUp.Token)];
        await giveUp.CancelAsync();

        try
        {
            foreach (Task task in asking)
            {
                await FluentActions.Awaiting(() => task.OrTimeout()).Should().ThrowAsync<OperationCanceledException>();
            }
        }
        finally
        {
            busy.Set();
        }

        (await ns.SessionsAsync().OrTimeout()).Should().BeEmpty();
    }

    [Test]
    public async Task An_answer_that_comes_after_the_question_was_cancelled_does_no_harm()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        using CancellationTokenSource giveUp = new();
        Task<Answers<int>> asking = server.Server.Of("/").To("lobby")
            .EmitWithAckAsync<int>("question", null, Timeout.InfiniteTimeSpan, giveUp.Token);
        long id = (await alice.NextAsync("event")).GetProperty("id").GetInt64();

        await giveUp.CancelAsync();

        await FluentActions.Awaiting(() => asking.OrTimeout()).Should().ThrowAsync<OperationCanceledException>();
        await alice.SendAsync(new { type = "ack", id, data = 1 });
        await alice.PingAsync();
    }

    [Test]
    public async Task A_stop_continues_when_the_caller_cancels_waiting_for_it()
    {
        TaskCompletionSource begun = new();
        TaskCompletionSource finish = new();
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of("/").On("slow", async session =>
        {
            begun.SetResult();
            await finish.Task;
        }));
        await using EventClient alice = await server.ConnectAsync("session=alice");
        await alice.SendAsync(new { type = "emit", @event = "slow" });
        await begun.Task.OrTimeout();
        using CancellationTokenSource giveUp = new();

        Task stopping = server.Server.StopAsync(giveUp.Token);
        await giveUp.CancelAsync();

        await FluentActions.Awaiting(() => stopping.OrTimeout()).Should().ThrowAsync<OperationCanceledException>();
        (await alice.CloseCodeAsync()).Should().Be(1001);
        finish.SetResult();
        await server.Server.StopAsync().OrTimeout();
        server.Server.Completion.IsCompletedSuccessfully.Should().BeTrue();
    }

    private static ServerCommands Start(BrokerHarness harness)
    {
        ServerCommands commands = new();
        commands.Start(harness.Broker);
        return commands;
    }

    // Nearly as large as everything that may wait together.
    private static byte[] Emit(string name) => new TestEmit(name, "*") { Data = $"\"{new string('x', 800)}\"" }.Encode();
}
