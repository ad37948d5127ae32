using MessageQueue.State;
using MessageQueue.State.Pending;

namespace MessageQueue.Delivery;

/// <summary>
/// Delivers pending events to a session that has fallen behind: first those that must be sent again, then the rest in the order of the log,
/// from the cache or from the log itself. For the apply loop only.
/// </summary>
internal sealed class CatchUp(
    ServerState state, SessionDeliveries deliveries, EventCache cache, EventReader reader, Dispatcher dispatcher, DeadLetters deadLetters)
{
    /// <summary>How many events one receiver gets before the next one has its turn.</summary>
    public const int SliceEvents = 256;

    private readonly PendingEvents _pending = new();
    private readonly PendingCounter _counter = new();

    /// <summary>Returns the outgoing form of a stored event, from the cache if it is there.</summary>
    public OutgoingEvent Outgoing(StoredEvent storedEvent) => cache.Find(storedEvent.Sequence) ?? new OutgoingEvent(storedEvent);

    /// <summary>
    /// Counts the pending events of a session, sent or not. Those that were not sent are counted up to <paramref name="limit"/>. For a
    /// session without a delivery here, counts what the log says.
    /// </summary>
    public int CountPending(SessionState session, long now, int limit)
    {
        SessionDelivery? delivery = deliveries.Find(session);
        int sent = delivery?.Unacked.Count ?? session.Holes.Count;
        if (sent > 0 && session.Namespace.Limits.Count > 0)
        {
            IReadOnlyList<long> unacked = delivery?.Unacked.UpTo(long.MaxValue) ?? session.Holes.Items;
            sent = unacked.Count(sequence => PendingEvents.IsAdmitted(session, sequence, now));
        }

        long sentUpTo = delivery?.SentUpTo(state.Head) ?? session.Cursor;
        return (int)Math.Min(limit, sent + _counter.Count(session, sentUpTo, state.Head, now, limit));
    }

    /// <summary>Returns an upper bound of the session's pending events, sent or not. Costs one look-up per room of the session.</summary>
    public long PendingAtMost(SessionState session) => deliveries.Find(session) is { } delivery
        ? delivery.Unacked.Count + PendingEvents.AtMost(session, delivery.SentUpTo(state.Head))
        : session.Holes.Count + PendingEvents.AtMost(session, session.Cursor);

    /// <summary>How many rooms and events were looked at for counting so far.</summary>
    public long CountingSteps => _counter.Steps;

    /// <summary>Sends the next event. Returns false if the session is caught up, waits for the disk or the log, or has no room.</summary>
    public bool TrySendNext(SessionDelivery delivery, long now)
    {
        SessionState session = delivery.Session;
        bool again = delivery.Unacked.TryPeekWaiting(out long sequence, out int count);
        if (!again)
        {
            if (delivery.IsCaughtUp || !delivery.Refill(_pending, now))
            {
                delivery.Cursor = delivery.SentUpTo(state.Head);
                delivery.CatchUp();
                foreach (ConnectionWindow window in delivery.Windows)
                {
                    window.Connection.CaughtUp();
                }

                return false;
            }

            sequence = delivery.Lookahead[0];
        }

        if (Find(delivery, sequence) is not { } outgoing)
        {
            Fetch(delivery);
            return false;
        }

        StoredEvent storedEvent = outgoing.Stored;
        if (now >= storedEvent.Deadline)
        {
            return Skip(delivery, sequence, again);
        }

        return again && deadLetters.IsExhausted(delivery, sequence, count)
            ? deadLetters.TryMove(delivery, storedEvent, FindTarget(session, storedEvent), count, state.Head)
            : TrySend(delivery, outgoing, again);
    }

    /// <summary>Whether this event is the next one to send to the session.</summary>
    public static bool IsNext(SessionDelivery delivery, long sequence) => delivery.Unacked.TryPeekWaiting(out long waiting, out _)
        ? waiting == sequence
        : delivery.Lookahead is [long next, ..] && next == sequence;

    private bool TrySend(SessionDelivery delivery, OutgoingEvent outgoing, bool again)
    {
        StoredEvent storedEvent = outgoing.Stored;
        SessionState session = delivery.Session;
        long sequence = storedEvent.Sequence;
        bool redelivered = again || sequence <= session.MaybeSentUpTo;
        if (Dispatcher.Dispatch(delivery, outgoing, FindTarget(session, storedEvent), redelivered) is not { } window)
        {
            // It is read again when the output has room, so that nothing is held for a receiver that may never read on.
            delivery.Fetched.Clear();
            return false;
        }

        if (again)
        {
            dispatcher.SentAgain(delivery, window, sequence);
        }
        else
        {
            delivery.Advance();
            dispatcher.Sent(delivery, window, sequence);
        }

        return true;
    }

    private bool Skip(SessionDelivery delivery, long sequence, bool again)
    {
        if (again)
        {
            dispatcher.Remove(delivery, sequence);
        }
        else
        {
            delivery.Advance();
            delivery.Cursor = sequence;
        }

        return true;
    }

    private OutgoingEvent? Find(SessionDelivery delivery, long sequence)
    {
        while (delivery.Fetched.TryPeek(out OutgoingEvent? fetched) && fetched.Stored.Sequence <= sequence)
        {
            if (fetched.Stored.Sequence == sequence)
            {
                return fetched;
            }

            delivery.Fetched.Dequeue();
        }

        return cache.Find(sequence);
    }

    private void Fetch(SessionDelivery delivery)
    {
        if (delivery.IsFetching)
        {
            return;
        }

        // Requests only what the windows have room for.
        Span<long> wanted = stackalloc long[Math.Min(SliceEvents, delivery.Room)];
        int count = delivery.Unacked.CopyWaiting(wanted);
        ReadOnlySpan<long> ahead = delivery.Lookahead[..Math.Min(delivery.Lookahead.Length, wanted.Length - count)];
        ahead.CopyTo(wanted[count..]);
        delivery.IsFetching = true;
        reader.Request(delivery, wanted[..(count + ahead.Length)].ToArray());
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

        // It is pending, so one of its targets matched.
        return to.Length - 1;
    }
}
