using MessageQueue.State;
using MessageQueue.State.Pending;

namespace MessageQueue.Delivery.Inspection;

/// <summary>
/// Says what is pending for a session, where it is on its way, and what holds it back, for operators and metrics. Changes nothing. Each
/// question looks at a limited number of events. For the apply loop only.
/// </summary>
internal sealed class OwedEvents(ServerState state, SessionDeliveries deliveries)
{
    /// <summary>How many events one question looks at beyond those that were sent. It finds fewer if some have expired.</summary>
    public const int MaxLooks = 1024;

    private readonly PendingEvents _pending = new();

    /// <summary>
    /// Returns a sequence before which nothing is pending for the session; 0 if nothing is pending. It is that of the oldest pending event,
    /// unless very many events before that have expired.
    /// </summary>
    public long Oldest(SessionState session, long now)
    {
        SessionDelivery? delivery = deliveries.Find(session);
        // Mostly the first one, without a list of all of them.
        if ((delivery?.Unacked.First ?? session.Holes.First) is > 0 and long oldest && PendingEvents.IsAdmitted(session, oldest, now))
        {
            return oldest;
        }

        foreach (long sent in Sent(session, delivery))
        {
            if (PendingEvents.IsAdmitted(session, sent, now))
            {
                return sent;
            }
        }

        Span<long> first = stackalloc long[1];
        int count = _pending.Look(session, SentUpTo(session, delivery), now, first, MaxLooks, out long lookedUpTo);
        return count > 0 ? first[0] : lookedUpTo == long.MaxValue ? 0 : lookedUpTo;
    }

    /// <summary>
    /// Returns the first pending events after <paramref name="after"/>, oldest first, at most <paramref name="limit"/>. What they were
    /// looked up to is <paramref name="lookedUpTo"/>, <see cref="long.MaxValue"/> if nothing more is pending.
    /// </summary>
    public List<long> Next(SessionState session, long after, int limit, long now, out long lookedUpTo)
    {
        SessionDelivery? delivery = deliveries.Find(session);
        List<long> found =
        [
            .. Sent(session, delivery).Where(sent => sent > after && PendingEvents.IsAdmitted(session, sent, now)).Take(limit),
        ];
        if (found.Count == limit)
        {
            lookedUpTo = found[^1];
            return found;
        }

        long[] unsent = new long[limit - found.Count];
        int count = _pending.Look(session, Math.Max(after, SentUpTo(session, delivery)), now, unsent, limit + MaxLooks, out lookedUpTo);
        found.AddRange(unsent.AsSpan(0, count));
        return found;
    }

    /// <summary>
    /// Returns where an event is that was for the session, and how often it was sent since this host knows of it; null if it is not
    /// pending any more: it is acknowledged, or it expired, or was dropped. Says nothing about limits of the event.
    /// </summary>
    public (OwedStatus Status, int Deliveries)? Find(SessionState session, long sequence)
    {
        SessionDelivery? delivery = deliveries.Find(session);
        if (sequence > SentUpTo(session, delivery))
        {
            return (OwedStatus.Unsent, 0);
        }

        return delivery is not null ? delivery.Unacked.Describe(sequence)
            : session.Holes.Items.Contains(sequence) ? (OwedStatus.Waiting, 1)
            : null;
    }

    /// <summary>The number of events that are in flight on the session's connections.</summary>
    public int InFlight(SessionState session) => deliveries.Find(session)?.Unacked.InFlight ?? 0;

    /// <summary>
    /// The greatest event that the session has acknowledged, as far as is known since it connected to this run of the server; 0 for none.
    /// </summary>
    public long LastAcknowledged(SessionState session) =>
        deliveries.Find(session)?.Unacked.HighestAcknowledged ?? session.Holes.HighestAcknowledged;

    /// <summary>The sequence up to which nothing is pending for the session.</summary>
    public long AcknowledgedUpTo(SessionState session)
    {
        SessionDelivery? delivery = deliveries.Find(session);
        long first = delivery?.Unacked.First ?? session.Holes.First;
        return first > 0 ? first - 1 : SentUpTo(session, delivery);
    }

    /// <summary>Returns why nothing more is sent to the session at this moment.</summary>
    public HeldBy WhatHolds(SessionState session) => deliveries.Find(session) switch
    {
        null or { IsConnected: false } => HeldBy.NoConnection,
        { IsStuck: true } => HeldBy.UnreadableEvent,
        { Unacked.Delayed: >= SessionDelivery.MaxDelayed } => HeldBy.DelayedEvents,
        { HasRoom: false } delivery => delivery.Windows.Any(static window => window.IsBlocked) ? HeldBy.Output : HeldBy.Window,
        { IsFetching: true } => HeldBy.Reading,
        _ => HeldBy.Nothing,
    };

    private static IEnumerable<long> Sent(SessionState session, SessionDelivery? delivery) =>
        delivery is null ? session.Holes.Items
        : delivery.Unacked.Count == 0 ? []
        : delivery.Unacked.UpTo(long.MaxValue);

    private long SentUpTo(SessionState session, SessionDelivery? delivery) => delivery?.SentUpTo(state.Head) ?? session.Cursor;
}
