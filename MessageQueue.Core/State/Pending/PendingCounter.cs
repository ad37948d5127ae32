using System.Runtime.InteropServices;

namespace MessageQueue.State.Pending;

/// <summary>
/// Counts the pending events of a session. An event that went to one room only, and to everybody in it, is counted by its index in the
/// room's list, without being looked at. The result for all other ("special") events is remembered with the session, so that each of them
/// is looked at once when it comes and once when it is acknowledged, however often somebody asks. An instance is scratch space for one
/// thread.
/// </summary>
/// <param name="specialsAtATime">How many special events of one room one part of a count looks at.</param>
/// <param name="staysAtATime">How many left rooms one part of a count looks at.</param>
/// <param name="rememberedFrom">The number of steps from which a count is remembered. A shorter count is repeated quickly.</param>
internal sealed class PendingCounter(int specialsAtATime = 4096, int staysAtATime = 256, int rememberedFrom = 256)
{
    private readonly List<long> _special = [];
    private long _steps;

    /// <summary>How many rooms and events were looked at so far: the cost of counting.</summary>
    public long Steps => _steps;

    /// <summary>
    /// Counts the pending events of a session after <paramref name="after"/> and up to <paramref name="head"/>. The result is exact if it
    /// is less than <paramref name="limit"/>; otherwise it is at least that.
    /// </summary>
    public long Count(SessionState session, long after, long head, long now, long limit)
    {
        CountedEvents counted = session.Counted is { } earlier && earlier.After <= after && after <= earlier.UpTo
            && earlier.UpTo <= head && now < earlier.ValidUntil
            ? earlier
            : new CountedEvents { After = after, UpTo = after };
        long before = _steps;
        if (counted.After < after)
        {
            counted.Count -= CountParts(session, counted, counted.After, after, now, long.MaxValue, out _);
            counted.After = after;
        }

        counted.Count += CountParts(session, counted, counted.UpTo, head, now, limit - counted.Count, out long upTo);
        counted.UpTo = upTo;
        session.Counted = counted.Count > 0 && (session.Counted == counted || _steps - before >= rememberedFrom) ? counted : null;
        return counted.Count;
    }

    private long CountParts(SessionState session, CountedEvents counted, long after, long upTo, long now, long limit, out long reached)
    {
        long count = 0;
        reached = after;
        while (reached < upTo && count < limit)
        {
            long end = EndOfPart(session, reached, upTo);
            count += CountPart(session, counted, reached, end, now);
            reached = end;
        }

        return count;
    }

    private long EndOfPart(SessionState session, long after, long upTo)
    {
        int stays = session.Left.IndexAfter(after) + staysAtATime;
        long end = stays < session.Left.Count ? Math.Min(upTo, session.Left[stays].LeftAt) : upTo;
        IReadOnlyList<Membership> memberships = session.Memberships;
        for (int i = 0; i < memberships.Count; i++)
        {
            SequenceList special = memberships[i].Room.Special;
            int last = special.Count <= specialsAtATime
                ? int.MaxValue
                : special.IndexAfter(Math.Max(after, memberships[i].JoinedAt)) + specialsAtATime;
            end = last < special.Count ? Math.Min(end, special[last]) : end;
        }

        return end;
    }

    private long CountPart(SessionState session, CountedEvents counted, long after, long upTo, long now)
    {
        _special.Clear();
        long count = 0;
        IReadOnlyList<Membership> memberships = session.Memberships;
        for (int i = 0; i < memberships.Count; i++)
        {
            count += CountPlain(memberships[i].Room, Math.Max(after, memberships[i].JoinedAt), upTo);
        }

        LeftRooms left = session.Left;
        int stay = left.IndexAfter(after);
        for (; stay < left.Count && left[stay].LeftAt <= upTo; stay++)
        {
            count += CountPlain(left[stay].Room, Math.Max(after, left[stay].JoinedAt), left[stay].LeftAt);
        }

        for (stay = left.NextCovering(upTo, stay); stay >= 0; stay = left.NextCovering(upTo, stay + 1))
        {
            count += CountPlain(left[stay].Room, Math.Max(after, left[stay].JoinedAt), upTo);
        }

        return count + CountSpecial(session, counted, now);
    }

    // Counts the plain events and collects the special ones for <see cref="CountSpecial"/>.
    private int CountPlain(Room room, long after, long upTo)
    {
        _steps++;
        SequenceList special = room.Special;
        int first = special.IndexAfter(after);
        int end = special.IndexAfter(upTo);
        for (int i = first; i < end; i++)
        {
            _special.Add(special[i]);
        }

        return Math.Max(0, room.Sequences.IndexAfter(upTo) - room.Sequences.IndexAfter(after) - Math.Max(0, end - first));
    }

    private int CountSpecial(SessionState session, CountedEvents counted, long now)
    {
        _steps += _special.Count;
        Span<long> sequences = CollectionsMarshal.AsSpan(_special);
        sequences.Sort();
        Dictionary<long, EventLimits> limits = session.Namespace.Limits;
        int count = 0;
        long last = 0;
        foreach (long sequence in sequences)
        {
            if (sequence == last)
            {
                continue;
            }

            last = sequence;
            if (!limits.TryGetValue(sequence, out EventLimits limit))
            {
                count++;
            }
            else if (limit.Admits(session.Id, now))
            {
                count++;
                counted.ValidUntil = Math.Min(counted.ValidUntil, limit.Deadline);
            }
        }

        return count;
    }
}
