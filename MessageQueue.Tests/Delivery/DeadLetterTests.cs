using MessageQueue.Delivery;
using MessageQueue.Protocol;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.Storage;
using MessageQueue.Tests.State;

namespace MessageQueue.Tests.Delivery;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DeadLetterTests
{
    private readonly FoldLog _log = new();
    private readonly ConnectionWindow _connection = new(null!, size: 9, acknowledgesItself: false, isShared: false);

    [Test]
    public void One_record_acknowledges_the_event_and_emits_the_dead_letter_even_if_no_other_record_says_that_it_was_sent()
    {
        SessionState bob = _log.Attach("bob", "lobby").Session!;
        SessionState reader = _log.Attach("reader", "dead:bob").Session!;
        long[] sent = [.. Enumerable.Range(0, 4).Select(_ => _log.Emit(null, ["lobby"]).EventId)];
        SessionDelivery delivery = Send(bob, sent[..3]);

        long letter = _log.MoveToDeadLetters(delivery, sent[1], "dead:bob").EventId;

        foreach (ServerState state in new[] { _log.State, Replay() })
        {
            FoldLog.Pending(state, state.Sessions[bob.Id]).Should().Equal(sent[0], sent[2], sent[3]);
            FoldLog.Pending(state, state.Sessions[reader.Id]).Should().Equal(letter);
        }
    }

    [Test]
    public void Several_dead_letters_at_a_time_do_not_bring_events_back()
    {
        SessionState bob = _log.Attach("bob", "lobby").Session!;
        long[] sent = [.. Enumerable.Range(0, 3).Select(_ => _log.Emit(null, ["lobby"]).EventId)];
        SessionDelivery delivery = Send(bob, sent);
        Progress late = delivery.ProgressAt(_log.State.Head);
        delivery.Unacked.Remove(sent[1]);

        _log.MoveToDeadLetters(delivery, sent[2], "dead:bob");
        _log.MoveToDeadLetters(delivery, sent[0], "dead:bob");
        _log.Acknowledge(late, delivery.ProgressAt(_log.State.Head));

        _log.Pending(bob).Should().BeEmpty();
        ServerState again = Replay();
        FoldLog.Pending(again, again.Sessions[bob.Id]).Should().BeEmpty();
    }

    [Test]
    public void An_ended_session_gets_no_dead_letter()
    {
        SessionState bob = _log.Attach("bob", "lobby").Session!;
        SessionState reader = _log.Attach("reader", "dead:bob").Session!;
        long sent = _log.Emit(null, ["lobby"]).EventId;
        SessionDelivery delivery = Send(bob, [sent]);
        _log.End(bob);

        _log.MoveToDeadLetters(delivery, sent, "dead:bob").Kind.Should().Be(OutcomeKind.Ignored);

        _log.Pending(reader).Should().BeEmpty();
    }

    [Test]
    public void Every_session_has_a_room_of_its_own_however_long_its_name()
    {
        string[] names =
        [
            "bob", new('b', 123), new('b', 124), new('b', 128), new string('b', 127) + "c",
            string.Concat(Enumerable.Repeat("\U0001F600", 128)),
        ];

        string[] rooms = [.. names.Select(DeadLetterRoom.Of)];

        rooms.Should().OnlyHaveUniqueItems().And.AllSatisfy(room => Names.IsValidRoom(room).Should().BeTrue());
        rooms[0].Should().Be("dead:bob");
        rooms[1].Should().Be("dead:" + names[1]);
    }

    private SessionDelivery Send(SessionState session, long[] sequences)
    {
        SessionDelivery delivery = new(session);
        foreach (long sequence in sequences)
        {
            delivery.Unacked.AddInFlight(sequence, _connection);
            delivery.Cursor = sequence;
        }

        return delivery;
    }

    private ServerState Replay()
    {
        ServerState state = new();
        foreach (LogRecord record in _log.Records)
        {
            state.Apply(record);
        }

        return state;
    }
}
