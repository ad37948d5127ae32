using MessageQueue.State;
using MessageQueue.State.Pending;

namespace MessageQueue.Delivery;

/// <summary>
/// Brings a session that lags behind what it is owed: first what was sent before and has to be sent again, then the rest in the order of
/// the log, from the cache or from the log itself. For the apply loop only.
/// </summary>
internal sealed class CatchUp(ServerState state, SessionDeliveries deliveries, EventCache cache, EventReader reader, Dispatcher dispatcher, DeadLetters deadLetters)
{
    /// <summary>How much one receiver is given before the next one has its turn.</summary>
    public const int SliceEvents = 256;

    private readonly PendingEvents _owed = new();
    private readonly PendingCounter _counter = new();

    /// <summary>A stored event as it goes out.</summary>
    public OutgoingEvent Outgoing(StoredEvent storedEvent) => cache.Find(storedEvent.Sequence) ?? new OutgoingEvent(storedEvent);

    /// <summary>
    /// How many events the session is owed, sent or not, counted beyond those that were sent up to <paramref name="limit"/>. Of a session
    /// to which nothing is delivered here, as the log says.
    /// </summary>
    public int CountOwed(SessionState session, long now, int limit)
    {
        SessionDelivery? delivery = deliveries.Find(session);
        int sent = delivery?.Unacked.Count ?? session.Holes.Count;
        if (sent > 0 && session.Namespace.Limits.Count > 0)
        {
            IReadOnlyList<long> unacked = delivery?.Unacked.UpTo(long.MaxValue) ?? session.Holes.Items;
            sent = unacked.Count(sequence => PendingEvents.IsAdmitted(session, sequence, now));
        }

        return (int)Math.Min(limit, sent + _counter.Count(session, delivery?.SentUpTo(state.Head) ?? session.Cursor, state.Head, now, limit));
    }

    /// <summary>How many events the session may be owed at most, sent or not. Costs one look-up for each of its rooms.</summary>
    public long OwedAtMost(SessionState session) => deliveries.Find(session) is { } delivery
        ? delivery.Unacked.Count + PendingEvents.AtMost(session, delivery.SentUpTo(state.Head))
        : session.Holes.Count + PendingEvents.AtMost(session, session.Cursor);

    /// <summary>What counting has cost so far, in rooms and events that were looked at.</summary>
    public long CountingSteps => _counter.Steps;

    /// <summary>Sends the next event. False: it is caught up, waits for the disk or the log, or has no room.</summary>
    public bool TrySendNext(SessionDelivery subscription, long now)
    {
        SessionState session = subscription.Session;
        bool again = subscription.Unacked.TryPeekWaiting(out long sequence, out int count);
        if (!again)
        {
            if (subscription.IsCaughtUp || !subscription.Refill(_owed, now))
            {
                subscription.Cursor = subscription.SentUpTo(state.Head);
                subscription.CatchUp();
                return false;
            }

            sequence = subscription.Lookahead[0];
        }

        if (Find(subscription, sequence) is not { } outgoing)
        {
            Fetch(subscription);
            return false;
        }

        StoredEvent storedEvent = outgoing.Stored;
        if (now >= storedEvent.Deadline)
        {
            return Skip(subscription, sequence, again);
        }

        return again && deadLetters.Takes(subscription, sequence, count)
            ? deadLetters.TryTake(subscription, storedEvent, FindTarget(session, storedEvent), count, state.Head)
            : TrySend(subscription, outgoing, again);
    }

    /// <summary>Whether this is the event that the session is to be sent next.</summary>
    public static bool IsNext(SessionDelivery subscription, long sequence) => subscription.Unacked.TryPeekWaiting(out long waiting, out _)
        ? waiting == sequence
        : subscription.Lookahead is [long next, ..] && next == sequence;

    private bool TrySend(SessionDelivery subscription, OutgoingEvent outgoing, bool again)
    {
        StoredEvent storedEvent = outgoing.Stored;
        SessionState session = subscription.Session;
        long sequence = storedEvent.Sequence;
        bool redelivered = again || sequence <= session.MaybeSentUpTo;
        if (Dispatcher.Dispatch(subscription, outgoing, FindTarget(session, storedEvent), redelivered) is not { } consumer)
        {
            // Read again when it has drained, rather than held for a receiver that may never read on.
            subscription.Fetched.Clear();
            return false;
        }

        if (again)
        {
            dispatcher.SentAgain(subscription, consumer, sequence);
        }
        else
        {
            subscription.Advance();
            dispatcher.Sent(subscription, consumer, sequence);
        }

        return true;
    }

    private bool Skip(SessionDelivery subscription, long sequence, bool again)
    {
        if (again)
        {
            dispatcher.Settle(subscription, sequence);
        }
        else
        {
            subscription.Advance();
            subscription.Cursor = sequence;
        }

        return true;
    }

    private OutgoingEvent? Find(SessionDelivery subscription, long sequence)
    {
        while (subscription.Fetched.TryPeek(out OutgoingEvent? fetched) && fetched.Stored.Sequence <= sequence)
        {
            if (fetched.Stored.Sequence == sequence)
            {
                return fetched;
            }

            subscription.Fetched.Dequeue();
        }

        return cache.Find(sequence);
    }

    private void Fetch(SessionDelivery subscription)
    {
        if (subscription.IsFetching)
        {
            return;
        }

        // Only what may be sent when it arrives.
        Span<long> wanted = stackalloc long[Math.Min(SliceEvents, subscription.Room)];
        int count = subscription.Unacked.CopyWaiting(wanted);
        ReadOnlySpan<long> ahead = subscription.Lookahead[..Math.Min(subscription.Lookahead.Length, wanted.Length - count)];
        ahead.CopyTo(wanted[count..]);
        subscription.IsFetching = true;
        reader.Request(subscription, wanted[..(count + ahead.Length)].ToArray());
    }

    private static int FindTarget(SessionState session, StoredEvent storedEvent)
    {
        ReadOnlySpan<ReadOnlyMemory<byte>> to = storedEvent.To;
        for (int i = 0; i < to.Length - 1; i++)
        {
            if (session.Namespace.FindTarget(to[i].Span) is { } room && session.WasIn(room, storedEvent.Sequence))
            {
                return i;
            }
        }

        // It is owed, so one of them matched.
        return to.Length - 1;
    }
}
