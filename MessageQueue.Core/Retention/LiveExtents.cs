using MessageQueue.State;
using MessageQueue.State.Pending;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.Retention;

/// <summary>
/// Finds the extents that hold an event which is pending for some session. Each room is scanned once for all its sessions, and the rest of
/// an extent is skipped as soon as it is known to be live. So the cost grows with rooms, memberships and extents, and hardly with events.
/// </summary>
/// <param name="extents">The extents in question, oldest first.</param>
/// <param name="cuts">The pending events that will be dropped, and so keep no extent alive.</param>
internal sealed class LiveExtents(LogExtent[] extents, IReadOnlyList<BacklogCut> cuts)
{
    /// <summary>Says that the events after <paramref name="After"/> are pending for a session.</summary>
    private readonly record struct Claim(long After, long SessionId);

    private readonly Dictionary<long, long> _cuts = cuts.ToDictionary(cut => cut.SessionId, cut => cut.UpTo);
    private readonly bool[] _live = new bool[extents.Length];

    /// <summary>Returns for each extent whether it is live.</summary>
    public bool[] Find(ServerState state)
    {
        foreach (NamespaceState ns in state.Namespaces.Values)
        {
            Dictionary<Room, List<Claim>> claims = [];
            foreach (SessionState session in ns.Sessions.Values)
            {
                long cut = _cuts.GetValueOrDefault(session.Id);
                foreach (long sequence in session.Holes.Items)
                {
                    if (sequence > cut && PendingEvents.IsAdmitted(session, sequence, state.Time))
                    {
                        MarkOne(sequence);
                    }
                }

                Collect(session, Math.Max(cut, session.Cursor), claims, state.Time);
            }

            foreach ((Room room, List<Claim> ofRoom) in claims)
            {
                ofRoom.Sort(static (left, right) => left.After.CompareTo(right.After));
                Mark(room.Sequences, ofRoom, long.MaxValue, ns.Limits, state.Time);
            }
        }

        return _live;
    }

    private void Collect(SessionState session, long floor, Dictionary<Room, List<Claim>> claims, long now)
    {
        foreach (Membership membership in session.Memberships)
        {
            Claim claim = new(Math.Max(floor, membership.JoinedAt), session.Id);
            if (claim.After >= membership.Room.Sequences.Last)
            {
                continue;
            }

            if (claims.TryGetValue(membership.Room, out List<Claim>? ofRoom))
            {
                ofRoom.Add(claim);
            }
            else
            {
                claims.Add(membership.Room, [claim]);
            }
        }

        for (int i = session.Left.IndexAfter(floor); i < session.Left.Count; i++)
        {
            PastMembership stay = session.Left[i];
            Claim claim = new(Math.Max(floor, stay.JoinedAt), session.Id);
            if (claim.After < stay.Room.Sequences.Last)
            {
                Mark(stay.Room.Sequences, [claim], stay.LeftAt, session.Namespace.Limits, now);
            }
        }
    }

    private void Mark(SequenceList sequences, List<Claim> claims, long upTo, Dictionary<long, EventLimits> limits, long now)
    {
        int extent = 0;
        int index = sequences.IndexAfter(claims[0].After);
        while (index < sequences.Count && sequences[index] <= upTo)
        {
            long sequence = sequences[index];
            while (extent < extents.Length && extents[extent].LastSequence < sequence)
            {
                extent++;
            }

            if (extent == extents.Length)
            {
                return;
            }

            bool isInside = extents[extent].FirstSequence <= sequence;
            _live[extent] |= isInside && IsPending(sequence, claims, limits, now);
            index = isInside && _live[extent] ? sequences.IndexAfter(extents[extent].LastSequence) : index + 1;
        }
    }

    private static bool IsPending(long sequence, List<Claim> claims, Dictionary<long, EventLimits> limits, long now)
    {
        if (!limits.TryGetValue(sequence, out EventLimits limit))
        {
            return true;
        }

        // Mostly at most one session is left out, and then the second claim decides.
        foreach (Claim claim in claims)
        {
            if (claim.After >= sequence)
            {
                return false;
            }

            if (limit.Admits(claim.SessionId, now))
            {
                return true;
            }
        }

        return false;
    }

    private void MarkOne(long sequence)
    {
        int index = SortedSearch.FindExtent<LogExtent>(extents, sequence);
        if (index >= 0 && extents[index].LastSequence >= sequence)
        {
            _live[index] = true;
        }
    }
}
