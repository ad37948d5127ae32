using MessageQueue.Delivery;
using MessageQueue.State;
using MessageQueue.Tests.State;

namespace MessageQueue.Tests.Delivery;

[Parallelizable(ParallelScope.All)]
internal sealed class RoomAudienceTests
{
    [Test]
    public void It_holds_those_who_entered_and_did_not_leave_few_or_many()
    {
        FoldLog log = new();
        SessionDelivery[] sessions = [.. Enumerable.Range(0, 40).Select(i => new SessionDelivery(log.Attach($"s{i}").Session!))];
        RoomAudience audience = new();
        HashSet<SessionDelivery> expected = [];
        Random random = new(1);
        for (int i = 0; i < 2000; i++)
        {
            SessionDelivery session = sessions[random.Next(i % 400 < 200 ? 40 : 8)];
            if (expected.Add(session))
            {
                audience.Add(session);
            }
            else
            {
                expected.Remove(session);
                audience.Remove(session);
                audience.Remove(session);
            }

            audience.Items.Length.Should().Be(expected.Count);
            expected.SetEquals(audience.Items.ToArray()).Should().BeTrue();
        }
    }

    [Test]
    public void Only_connected_sessions_are_in_it_whatever_they_join_and_leave_meanwhile()
    {
        FoldLog log = new();
        SessionDeliveries deliveries = new(log.State);
        SessionState alice = log.Attach("alice", "red").Session!;
        SessionState bob = log.Attach("bob", "red").Session!;
        Room red = alice.Namespace.Rooms["red"];
        deliveries.In(red).IsEmpty.Should().BeTrue("nobody is connected here");

        SessionDelivery delivery = deliveries.Open(alice);
        delivery.Add(new ConnectionWindow(null!, size: 1, acknowledgesItself: false, isShared: false));
        deliveries.Connected(delivery);
        deliveries.In(red).ToArray().Should().Equal(delivery);
        log.Join(alice, "green");
        deliveries.In(alice.Namespace.Rooms["green"]).ToArray().Should().Equal(delivery);
        log.Emit(null, ["@alice", "@bob"]);
        deliveries.In(alice.Inbox!).ToArray().Should().Equal(delivery);
        deliveries.In(bob.Inbox!).IsEmpty.Should().BeTrue();
        log.Leave(alice, "red");
        deliveries.In(red).IsEmpty.Should().BeTrue();

        delivery.Remove(delivery.Windows[0]);
        deliveries.Disconnected(delivery);
        deliveries.In(alice.Namespace.Everyone).IsEmpty.Should().BeTrue();
        log.Join(alice, "red");
        deliveries.In(red).IsEmpty.Should().BeTrue();
    }

    [Test]
    public void A_session_that_is_away_is_forgotten_when_the_log_says_all_that_is_known_of_it()
    {
        FoldLog log = new();
        SessionDeliveries deliveries = new(log.State);
        SessionState alice = log.Attach("alice", "red").Session!;
        SessionDelivery delivery = deliveries.Open(alice);
        long sent = log.Emit(null, ["red"]).EventId;
        delivery.Cursor = sent;

        deliveries.RemoveIfIdle(alice);
        deliveries.Find(alice).Should().BeSameAs(delivery, "the log is behind");

        log.Acknowledge(delivery.ProgressAt(log.State.Head));
        deliveries.RemoveIfIdle(alice);
        deliveries.Find(alice).Should().BeNull();
    }
}
