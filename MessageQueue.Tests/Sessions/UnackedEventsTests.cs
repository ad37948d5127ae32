using FsCheck;
using FsCheck.Fluent;
using MessageQueue.Sessions;

namespace MessageQueue.Tests.Sessions;

[Parallelizable(ParallelScope.All)]
internal sealed class UnackedEventsTests
{
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
    public void Up_to_takes_what_was_sent_and_nothing_else()
    {
        UnackedEvents events = InFlight(1, 2, 5);

        events.RemoveUpTo(4).Should().BeTrue();

        events.UpTo(9).Should().Equal(5);
        events.RemoveUpTo(4).Should().BeFalse();
    }

    [Test]
    public void After_the_connection_is_gone_all_of_them_wait_in_order()
    {
        UnackedEvents events = InFlight(1, 2, 3);
        events.Remove(2);

        events.ReturnAll();

        events.InFlight.Should().Be(0);
        Resend(events).Should().Equal(1, 3);
        events.InFlight.Should().Be(2);
    }

    [Test]
    public void One_old_event_does_not_keep_the_places_of_all_that_came_after_it()
    {
        UnackedEvents events = InFlight(1);
        for (long sequence = 2; sequence < 10_000; sequence++)
        {
            events.AddInFlight(sequence);
            events.Remove(sequence);
        }

        events.Count.Should().Be(1);
        events.First.Should().Be(1);
        events.Capacity.Should().BeLessThan(256);
    }

    [Test]
    public void Behaves_as_a_plain_set_does() => Prop.ForAll<int[]>(steps =>
    {
        UnackedEvents events = new();
        SortedSet<long> inFlight = [];
        SortedSet<long> waiting = [];
        long last = 0;
        foreach (int step in steps)
        {
            long chosen = Math.Abs((long)step) % (last + 2);
            switch (Math.Abs(step % 7))
            {
                case 0 or 1 or 2:
                    events.AddInFlight(++last);
                    inFlight.Add(last);
                    break;
                case 3:
                    (events.Remove(chosen) == (inFlight.Remove(chosen) | waiting.Remove(chosen))).Should().BeTrue();
                    break;
                case 4:
                    events.RemoveUpTo(chosen);
                    inFlight.RemoveWhere(sequence => sequence <= chosen);
                    waiting.RemoveWhere(sequence => sequence <= chosen);
                    break;
                case 5:
                    events.ReturnAll();
                    waiting.UnionWith(inFlight);
                    inFlight.Clear();
                    break;
                default:
                    events.TryPeekWaiting(out long next).Should().Be(waiting.Count > 0);
                    if (waiting.Count > 0)
                    {
                        next.Should().Be(waiting.Min);
                        events.SentWaiting();
                        waiting.Remove(next);
                        inFlight.Add(next);
                    }

                    break;
            }

            events.InFlight.Should().Be(inFlight.Count);
            events.UpTo(last).Should().Equal(inFlight.Union(waiting).Order());
        }
    }).QuickCheckThrowOnFailure();

    private static UnackedEvents InFlight(params long[] sequences)
    {
        UnackedEvents events = new();
        foreach (long sequence in sequences)
        {
            events.AddInFlight(sequence);
        }

        return events;
    }

    private static List<long> Resend(UnackedEvents events)
    {
        List<long> sent = [];
        while (events.TryPeekWaiting(out long sequence))
        {
            events.SentWaiting();
            sent.Add(sequence);
        }

        return sent;
    }
}
