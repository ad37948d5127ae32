namespace MessageQueue.State.Pending;

/// <summary>
/// The pending events of a session beyond its cursor: the sequences of its rooms merged, each event once. There is no copy per receiver;
/// this is computed on request. An instance is scratch space for one thread.
/// </summary>
/// <param name="staysAtATime">How many left rooms are loaded at a time. Each of them mostly has a pending event, so 256 are enough for one
/// look-up of a receiver that has fallen behind.</param>
internal sealed class PendingEvents(int staysAtATime = 256)
{
    private readonly List<Run> _runs = [];
    private readonly PriorityQueue<int, long> _next = new();
    private SessionState? _session;

    // The loaded sequences end here.
    private long _horizon;

    private struct Run
    {
        public SequenceList Sequences;
        public int Index;
        public int End;
    }

    /// <summary>The number of rooms that the current part is merged from.</summary>
    public int Loaded => _runs.Count;

    /// <summary>
    /// Writes the first pending sequences after <paramref name="after"/>, ascending, and returns how many there are, at most
    /// <paramref name="into"/>'s length.
    /// </summary>
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

    /// <summary>
    /// As <see cref="Next"/>, but looks at a limited number of events, so that the work is bounded even if many have expired.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="after">The sequence after which to look.</param>
    /// <param name="now">The time.</param>
    /// <param name="into">Receives the pending sequences.</param>
    /// <param name="most">The largest number of events to look at.</param>
    /// <param name="lookedUpTo">The sequence up to which <paramref name="into"/> has everything that is pending;
    /// <see cref="long.MaxValue"/> if nothing more is.</param>
    public int Look(SessionState session, long after, long now, Span<long> into, int most, out long lookedUpTo)
    {
        Find(session, after);
        int count = 0;
        lookedUpTo = after;
        for (int looks = 0; looks < most && count < into.Length; looks++)
        {
            if (!TryTake(out long sequence))
            {
                lookedUpTo = long.MaxValue;
                break;
            }

            if (sequence != lookedUpTo && IsAdmitted(session, sequence, now))
            {
                into[count++] = sequence;
            }

            lookedUpTo = sequence;
        }

        return count;
    }

    /// <summary>
    /// Returns the sequence of the <paramref name="number"/>th pending event after <paramref name="after"/>, counted from 1. There must be
    /// as many.
    /// </summary>
    public long Nth(SessionState session, long after, long now, long number)
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

    /// <summary>
    /// Returns an upper bound of the pending events after <paramref name="after"/>. It is quick to compute, and too high if an event went
    /// to several of the session's rooms or is not for it.
    /// </summary>
    public static long AtMost(SessionState session, long after)
    {
        long count = session.Left.LastLeftAt > after ? session.Left.Covered : 0;
        IReadOnlyList<Membership> memberships = session.Memberships;
        for (int i = 0; i < memberships.Count; i++)
        {
            SequenceList sequences = memberships[i].Room.Sequences;
            count += sequences.Count - sequences.IndexAfter(Math.Max(after, memberships[i].JoinedAt));
        }

        return count;
    }

    /// <summary>
    /// Returns the pending events after one sequence and up to another as a gap that arises at a third; null if there are none.
    /// </summary>
    public Gap? Between(SessionState session, long after, long upTo, long now, long at)
    {
        Find(session, after);
        long first = 0;
        long count = 0;
        long last = after;
        long lastPending = 0;
        while (TryTake(out long sequence) && sequence <= upTo)
        {
            if (sequence != last && IsAdmitted(session, sequence, now))
            {
                first = count++ == 0 ? sequence : first;
                lastPending = sequence;
            }

            last = sequence;
        }

        return count == 0 ? null : new Gap(first, lastPending, count, at);
    }

    /// <summary>Whether the event's limits, if it has any, let the session get it.</summary>
    public static bool IsAdmitted(SessionState session, long sequence, long now)
    {
        Dictionary<long, EventLimits> limits = session.Namespace.Limits;
        return limits.Count == 0 || !limits.TryGetValue(sequence, out EventLimits limit) || limit.Admits(session.Id, now);
    }

    private void Find(SessionState session, long after)
    {
        _session = session;
        _horizon = after;
        Load();
    }

    // Loads what is pending up to the next horizon. Mostly nothing is beyond it; but a session may have left any number of rooms, and only
    // some of them are loaded at a time.
    private void Load()
    {
        _runs.Clear();
        _next.Clear();
        long after = _horizon;
        LeftRooms left = _session!.Left;
        int first = left.IndexAfter(after);
        int end = Math.Min(left.Count, first + staysAtATime);
        _horizon = end < left.Count ? left[end - 1].LeftAt : long.MaxValue;
        IReadOnlyList<Membership> memberships = _session.Memberships;
        for (int i = 0; i < memberships.Count; i++)
        {
            AddRun(memberships[i].Room, Math.Max(after, memberships[i].JoinedAt), _horizon);
        }

        for (int i = first; i < end; i++)
        {
            AddRun(left[i].Room, Math.Max(after, left[i].JoinedAt), left[i].LeftAt);
        }

        for (int i = end < left.Count ? left.NextCovering(_horizon, end) : -1; i >= 0; i = left.NextCovering(_horizon, i + 1))
        {
            AddRun(left[i].Room, Math.Max(after, left[i].JoinedAt), _horizon);
        }

        for (int i = 0; _runs.Count > 1 && i < _runs.Count; i++)
        {
            _next.Enqueue(i, _runs[i].Sequences[_runs[i].Index]);
        }
    }

    private void AddRun(Room room, long after, long upTo)
    {
        SequenceList sequences = room.Sequences;
        int index = sequences.IndexAfter(after);
        int end = sequences.IndexAfter(upTo);
        if (index < end)
        {
            _runs.Add(new Run { Sequences = sequences, Index = index, End = end });
        }
    }

    private bool TryTake(out long sequence)
    {
        while (!TryTakeLoaded(out sequence))
        {
            if (_horizon == long.MaxValue)
            {
                return false;
            }

            Load();
        }

        return true;
    }

    private bool TryTakeLoaded(out long sequence)
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
