using MessageQueue.State;
using MessageQueue.State.Keys;
using MessageQueue.State.Records;

namespace MessageQueue.Tests.State;

/// <summary>How long the keys of the app's own emits are remembered.</summary>
internal sealed class EmitKeyTests
{
    private FoldLog _log = null!;

    [SetUp]
    public void SetUp()
    {
        _log = new FoldLog();
        _log.Start();
    }

    [Test]
    public void A_key_is_remembered_until_65_536_newer_ones_have_come()
    {
        long first = _log.EmitUnder("first", isOwn: true, default).EventId;
        EmitOthers(EmitKeys.Capacity - 1);
        _log.EmitUnder("first", isOwn: true, default)
            .Should().Match<Outcome>(outcome => outcome.Kind == OutcomeKind.Duplicate && outcome.EventId == first);

        EmitOthers(1, from: EmitKeys.Capacity);
        _log.EmitUnder("first", isOwn: true, default).Kind.Should().Be(OutcomeKind.Applied);
    }

    [Test]
    public void A_key_of_an_unfinished_event_is_not_displaced_and_is_forgotten_when_the_event_is_finished([Values] bool isOwn)
    {
        SessionState own = _log.Attach("").Session!;
        long handled = _log.Emit(null, ["@"]).EventId;
        EmitCause cause = new(own.Id, handled);
        long first = _log.EmitUnder("first", isOwn, cause).EventId;
        EmitOthers(EmitKeys.Capacity);
        _log.EmitUnder("first", isOwn, cause).EventId.Should().Be(first);

        _log.Acknowledge(new Progress(own.Id, handled, [handled]));
        _log.EmitUnder("first", isOwn, cause).EventId.Should().Be(first, "it is a hole: not finished");
        _log.Acknowledge(new Progress(own.Id, handled, []));
        own.Handled!.Items.Should().BeEmpty();
        _log.EmitUnder("first", isOwn, cause).Kind.Should().Be(OutcomeKind.Applied);
    }

    [Test]
    public void All_keys_of_unfinished_events_have_one_limit()
    {
        SessionState own = _log.Attach("").Session!;
        for (int i = 0; i < HandledEvents.MaxKeys + 10; i++)
        {
            own.OpenHandled().Add(number: 1 + (i % 2), $"{i}", sequence: i);
        }

        own.Handled!.Items.Sum(item => item.Value.Keys.Count).Should().Be(HandledEvents.MaxKeys);
        own.Handled.TryGet(1, "0", out _).Should().BeTrue("what is there stays");
        own.Handled.Release(new Progress(own.Id, 1, []));
        own.Handled.Add(2, "new", 1);
        own.Handled.TryGet(2, "new", out _).Should().BeTrue("there is room again");
    }

    [Test]
    public void Keys_of_the_app_are_independent_of_those_of_clients()
    {
        _log.Emit(null, ["red"], "key").Kind.Should().Be(OutcomeKind.Applied);
        _log.EmitUnder("key", isOwn: true, default).Kind.Should().Be(OutcomeKind.Applied);
        SessionState alice = _log.Attach("alice").Session!;
        _log.Emit(alice, ["red"], "key").Kind.Should().Be(OutcomeKind.Applied);
        _log.EmitUnder("key", isOwn: false, new EmitCause(alice.Id, 0)).Kind.Should().Be(OutcomeKind.Applied);
        _log.EmitUnder("key", isOwn: false, new EmitCause(alice.Id, 0)).Kind.Should().Be(OutcomeKind.Duplicate);
    }

    private void EmitOthers(int count, int from = 0)
    {
        for (int i = from; i < from + count; i++)
        {
            _log.EmitUnder($"other-{i}", isOwn: true, default);
        }
    }
}
