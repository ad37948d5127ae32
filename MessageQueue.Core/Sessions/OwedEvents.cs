namespace MessageQueue.Sessions;

/// <summary>
/// What a session is owed beyond its cursor: the merge of its rooms' sequences, each event once. There is no copy per receiver; this is computed when it is asked for.
/// An instance is scratch space for one thread.
/// </summary>
internal sealed class OwedEvents
{
    private readonly List<Run> _runs = [];
    private readonly PriorityQueue<int, long> _next = new();

    private struct Run
    {
        public SequenceList Sequences;
        public int Index;
        public int End;
    }

    /// <summary>Writes the first sequences owed after <paramref name="after"/>, ascending, and returns how many there are, at most <paramref name="into"/>'s length.</summary>
    public int Next(SessionState session, long after, long now, Span<long> into)
    {
        Find(session, after);
        int count = 0;
        long last = after;
        while (count < into.Length && TryTake(out long sequence))
        {
            if (sequence != last && IsAdmitted(session, sequence, now))
            {
                into[count++] = sequence;
            }

            last = sequence;
        }

        return count;
    }

    /// <summary>How many events are owed after <paramref name="after"/>, counted up to <paramref name="limit"/>.</summary>
    public int Count(SessionState session, long after, long now, int limit)
    {
        Find(session, after);
        if (_runs.Count == 1 && session.Namespace.Limits.Count == 0)
        {
            return Math.Min(limit, _runs[0].End - _runs[0].Index);
        }

        int count = 0;
        long last = after;
        while (count < limit && TryTake(out long sequence))
        {
            count += sequence != last && IsAdmitted(session, sequence, now) ? 1 : 0;
            last = sequence;
        }

        return count;
    }

    /// <summary>The sequence of the event that is owed as the <paramref name="number"/>th after <paramref name="after"/>, counted from 1; there must be as many.</summary>
    public long Nth(SessionState session, long after, long now, int number)
    {
        Find(session, after);
        long last = after;
        while (number > 0 && TryTake(out long sequence))
        {
            number -= sequence != last && IsAdmitted(session, sequence, now) ? 1 : 0;
            last = sequence;
        }

        return last;
    }

    /// <summary>How many events the session may be owed beyond its cursor at most: quick, and too high where an event went to several of its rooms.</summary>
    public static long AtMost(SessionState session)
    {
        long count = 0;
        foreach (Membership membership in session.Memberships)
        {
            SequenceList sequences = membership.Room.Sequences;
            int end = membership.IsOpen ? sequences.Count : sequences.IndexAfter(membership.LeftAt);
            count += Math.Max(0, end - sequences.IndexAfter(Math.Max(session.Cursor, membership.JoinedAt)));
        }

        return count;
    }

    /// <summary>What is owed after one sequence and up to another, as a gap that arises at a third; null when that is nothing.</summary>
    public Gap? Between(SessionState session, long after, long upTo, long now, long at)
    {
        Find(session, after);
        long first = 0;
        long count = 0;
        long last = after;
        long lastOwed = 0;
        while (TryTake(out long sequence) && sequence <= upTo)
        {
            if (sequence != last && IsAdmitted(session, sequence, now))
            {
                first = count++ == 0 ? sequence : first;
                lastOwed = sequence;
            }

            last = sequence;
        }

        return count == 0 ? null : new Gap(first, lastOwed, count, at);
    }

    /// <summary>Whether nothing in the event's limits keeps it from this session.</summary>
    public static bool IsAdmitted(SessionState session, long sequence, long now)
    {
        Dictionary<long, EventLimits> limits = session.Namespace.Limits;
        return limits.Count == 0 || !limits.TryGetValue(sequence, out EventLimits limit) || limit.Admits(session.Id, now);
    }

    private void Find(SessionState session, long after)
    {
        _runs.Clear();
        _next.Clear();
        IReadOnlyList<Membership> memberships = session.Memberships;
        for (int i = 0; i < memberships.Count; i++)
        {
            Membership membership = memberships[i];
            SequenceList sequences = membership.Room.Sequences;
            int index = sequences.IndexAfter(Math.Max(after, membership.JoinedAt));
            int end = membership.IsOpen ? sequences.Count : sequences.IndexAfter(membership.LeftAt);
            if (index < end)
            {
                _runs.Add(new Run { Sequences = sequences, Index = index, End = end });
            }
        }

        for (int i = 0; _runs.Count > 1 && i < _runs.Count; i++)
        {
            _next.Enqueue(i, _runs[i].Sequences[_runs[i].Index]);
        }
    }

    private bool TryTake(out long sequence)
    {
        sequence = 0;
        if (_runs.Count == 0)
        {
            return false;
        }

        int first = 0;
        if (_runs.Count > 1 && !_next.TryPeek(out first, out _))
        {
            return false;
        }

        ref Run run = ref System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_runs)[first];
        if (run.Index == run.End)
        {
            return false;
        }

        sequence = run.Sequences[run.Index++];
        if (_runs.Count > 1)
        {
            if (run.Index < run.End)
            {
                _next.DequeueEnqueue(first, run.Sequences[run.Index]);
            }
            else
            {
                _next.Dequeue();
            }
        }

        return true;
    }
}
