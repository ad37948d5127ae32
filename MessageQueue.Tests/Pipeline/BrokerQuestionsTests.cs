using MessageQueue.Commands;
using MessageQueue.Pipeline;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.Storage;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Pipeline;

[Parallelizable(ParallelScope.All)]
internal sealed class BrokerQuestionsTests
{
    [Test]
    public async Task A_question_that_throws_costs_only_whoever_asked_it()
    {
        await using BrokerHarness harness = new(new InMemoryEventLog());

        await harness.Invoking(it => it.Broker.AskAsync<int>(_ => throw new InvalidOperationException("wrong")).OrTimeout())
            .Should().ThrowAsync<InvalidOperationException>().WithMessage("wrong");

        (await harness.Broker.AskAsync(state => state.Sessions.Count).OrTimeout()).Should().Be(0);
    }

    [Test]
    public async Task A_server_that_has_stopped_cannot_be_asked()
    {
        BrokerHarness harness = new(new InMemoryEventLog());
        await harness.DisposeAsync();

        await harness.Invoking(it => it.Broker.AskAsync(state => state.Head).OrTimeout()).Should().ThrowAsync<ServerStoppedException>();
    }

    [Test]
    public async Task A_command_that_the_apply_loop_does_not_encode_gives_its_room_back()
    {
        await using BrokerHarness harness = new(new InMemoryEventLog(), options => options.MaxInboxTotalBytes = 1 << 20);

        for (int i = 0; i < 3; i++)
        {
            (await CommandCompletion.SendAsync(harness.Broker, CommandKind.End, 1 << 20, static _ => null).OrTimeout()).Should().BeNull();
        }

        Outcome? outcome = await CommandCompletion.SendAsync(
            harness.Broker, CommandKind.End, 1 << 20, static _ => new EndRecord(SessionId: 5, IfDetachedSince: 0).Encode()).OrTimeout();
        outcome!.Value.Kind.Should().Be(OutcomeKind.Ignored);
        (await harness.Broker.Queue.EnterAsync(1 << 20).AsTask().OrTimeout()).Should().BeTrue();
    }
}
