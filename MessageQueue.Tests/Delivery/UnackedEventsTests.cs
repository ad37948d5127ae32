using FsCheck;
using FsCheck.Fluent;
using MessageQueue.Delivery;

namespace MessageQueue.Tests.Delivery;

[Parallelizable(ParallelScope.All)]
internal sealed class UnackedEventsTests
{
    // No test here checks what else is in flight on the connection, so all of them can share this one.
    private static readonly ConnectionWindow Connection = NewConnection();

    [Test]
    public void An_acknowledged_event_is_gone_whatever_its_place()
    {
        UnackedEvents events = InFlight(1, 2, 3);

        events.Remove(2).Should().BeTrue();

        events.UpTo(3).Should().Equal(1, 3);
        events.InFlight.Should().Be(2);
        events.Remove(2).Should().BeFalse("it was acknowledged already");
        events.Remove(9).Should().BeFalse("it was never sent");
    }

    [Test]
    public void Up_to_acknowledges_only_events_that_were_sent()
    {
        UnackedEvents events = InFlight(1, 2, 5);

        events.RemoveUpTo(4).Should().BeTrue();

        events.UpTo(9).Should().Equal(5);
        events.RemoveUpTo(4).Should().BeFalse();
    }

    [Test]
    public void After_a_connection_ends_its_events_wait_in_order()
    {
        UnackedEvents events = InFlight(1, 2, 3);
        events.Remove(2);

        events.Return(Connection);

        events.InFlight.Should().Be(0);
        Resend(events).Should().Equal(1, 3);
        events.InFlight.Should().Be(2);
    }

    [Test]
    public void One_old_event_does_not_keep_the_memory_of_all_later_ones()
    {
        UnackedEvents events = InFlight(1);
        for (long sequence = 2; sequence < 10_000; sequence++)
        {
            events.AddInFlight(sequence, Connection);
            events.Remove(sequence);
        }

        events.Count.Should().Be(1);
        events.First.Should().Be(1);
        events.Capacity.Should().BeLessThan(256);
    }

    [Test]
    public void Up_to_acknowledges_only_events_that_were_sent_on_that_connection()
    {
        ConnectionWindow one = NewConnection();
        ConnectionWindow other = NewConnection();
        UnackedEvents events = new();
        events.AddInFlight(1, one);
        events.AddInFlight(2, other);
        events.AddInFlight(3, one);

        events.RemoveUpTo(9, one).Should().BeTrue();

        events.UpTo(9).Should().Equal(2);
        (one.InFlight, other.InFlight).Should().Be((0, 1));
    }

    [Test]
    public void Only_events_in_flight_on_the_ended_connection_wait_again()
    {
        ConnectionWindow gone = NewConnection();
        ConnectionWindow other = NewConnection();
        UnackedEvents events = new();
        events.AddInFlight(1, gone);
        events.AddInFlight(2, other);
        events.AddInFlight(3, gone);

        events.Return(gone);

        Resend(events).Should().Equal(1, 3);
        events.InFlight.Should().Be(3);
        other.InFlight.Should().Be(1);
    }

    [Test]
    public void A_delayed_event_leaves_the_window_until_it_is_due_and_keeps_its_delivery_count()
    {
        UnackedEvents events = InFlight(1, 2);

        events.DeliveriesOf(1).Should().Be(1);
        events.Delay(1);

        events.InFlight.Should().Be(1);
        events.DeliveriesOf(1).Should().Be(0, "it is out of the window already");
        events.IsDelayed(1, 1).Should().BeTrue();
        events.Return(Connection);
        Resend(events).Should().Equal(2);

        events.Wake(1);
        Resend(events).Should().Equal(1);
        events.DeliveriesOf(1).Should().Be(2);
    }

    [Test]
    public void It_behaves_like_a_plain_set() => Prop.ForAll<int[]>(steps =>
    {
        UnackedEvents events = new();
        ConnectionWindow connection = NewConnection();
        SortedSet<long> inFlight = [];
        SortedSet<long> waiting = [];
        SortedSet<long> delayed = [];
        long last = 0;
        foreach (int step in steps)
        {
            long chosen = Math.Abs((long)step) % (last + 2);
            switch (Math.Abs(step % 9))
            {
                case 0 or 1 or 2:
                    events.AddInFlight(++last, connection);
                    inFlight.Add(last);
                    break;
                case 3:
                    (events.Remove(chosen) == (inFlight.Remove(chosen) | waiting.Remove(chosen) | delayed.Remove(chosen)))
                        .Should().BeTrue();
                    break;
                case 4:
                    events.RemoveUpTo(chosen);
                    inFlight.RemoveWhere(sequence => sequence <= chosen);
                    waiting.RemoveWhere(sequence => sequence <= chosen);
                    delayed.RemoveWhere(sequence => sequence <= chosen);
                    break;
                case 5:
                    events.Return(connection);
                    waiting.UnionWith(inFlight);
                    inFlight.Clear();
                    break;
                case 6:
                    int deliveries = events.DeliveriesOf(chosen);
                    (deliveries > 0).Should().Be(inFlight.Contains(chosen) || waiting.Contains(chosen));
                    if (deliveries > 0)
                    {
                        events.Delay(chosen);
                        inFlight.Remove(chosen);
                        waiting.Remove(chosen);
                        delayed.Add(chosen);
                    }

                    break;
                case 7:
                    if (delayed.Contains(chosen))
                    {
                        events.Wake(chosen);
                        delayed.Remove(chosen);
                        waiting.Add(chosen);
                    }

                    break;
                default:
                    events.TryPeekWaiting(out long next, out _).Should().Be(waiting.Count > 0);
                    if (waiting.Count > 0)
                    {
                        next.Should().Be(waiting.Min);
                        events.SentWaiting(connection);
                        waiting.Remove(next);
                        inFlight.Add(next);
                    }

                    break;
            }

            connection.InFlight.Should().Be(inFlight.Count);
            (events.InFlight, events.Waiting, events.Delayed).Should().Be((inFlight.Count, waiting.Count, delayed.Count));
            events.UpTo(last).Should().Equal(inFlight.Union(waiting).Union(delayed).Order());
        }
    }).QuickCheckThrowOnFailure();

    private static ConnectionWindow NewConnection() => new(null!, size: 1024, acknowledgesItself: false, isShared: false);

    private static UnackedEvents InFlight(params long[] sequences)
    {
        UnackedEvents events = new();
        foreach (long sequence in sequences)
        {
            events.AddInFlight(sequence, Connection);
        }

        return events;
    }

    private static List<long> Resend(UnackedEvents events)
    {
        List<long> sent = [];
        while (events.TryPeekWaiting(out long sequence, out _))
        {
            events.SentWaiting(Connection);
            sent.Add(sequence);
        }

        return sent;
    }
}
