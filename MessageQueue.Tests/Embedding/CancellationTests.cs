using System.Text;
using MessageQueue.Commands;
using MessageQueue.Handlers;
using MessageQueue.Pipeline;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Pipeline;

namespace MessageQueue.Tests.Embedding;

/// <summary>A token that is cancelled while something is waited for, at every place where the library waits for the app.</summary>
internal sealed class CancellationTests
{
    [Test]
    public async Task While_an_emit_waits_for_room_nothing_is_stored_and_its_room_is_given_back()
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
    public async Task Once_an_emit_is_on_its_way_its_outcome_is_the_truth()
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
    public async Task While_the_state_is_asked_for_something()
    {
        await using TestServer server = await TestServer.StartAsync();
        Namespace ns = server.Server.Of("/");
        using CancellationTokenSource giveUp = new();
        using ManualResetEventSlim busy = new();
        server.Server.Core.Broker.Post(ApplyInput.Call(_ => busy.Wait()));

        Task[] asking = [ns.SessionsAsync(giveUp.Token), ns.SessionsAsync("lobby", giveUp.Token), ns.FindSessionAsync("alice", giveUp.Token)];
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
    public async Task While_many_are_asked_an_answer_that_comes_later_harms_nothing()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        using CancellationTokenSource giveUp = new();
        Task<Answers<int>> asking = server.Server.Of("/").To("lobby").EmitWithAckAsync<int>("question", null, Timeout.InfiniteTimeSpan, giveUp.Token);
        long id = (await alice.NextAsync("event")).GetProperty("id").GetInt64();

        await giveUp.CancelAsync();

        await FluentActions.Awaiting(() => asking.OrTimeout()).Should().ThrowAsync<OperationCanceledException>();
        await alice.SendAsync(new { type = "ack", id, data = 1 });
        await alice.PingAsync();
    }

    [Test]
    public async Task While_a_stop_waits_for_a_handler_it_goes_on_without_whom_asked()
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

    // Nearly as large as all that may wait.
    private static byte[] Emit(string name) => new EmitRecord
    {
        Namespace = "/"u8,
        Event = Encoding.UTF8.GetBytes(name),
        Data = Encoding.UTF8.GetBytes($"\"{new string('x', 800)}\""),
        To = [new ReadOnlyMemory<byte>("*"u8.ToArray())],
    }.Encode();
}
