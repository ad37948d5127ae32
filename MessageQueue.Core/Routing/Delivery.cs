using MessageQueue.Protocol;
using MessageQueue.Sessions;

namespace MessageQueue.Routing;

/// <summary>
/// Hands events to the connections of those who are owed them. Who is up to date gets an event as it is committed; who is not is caught up from the cache or the log,
/// in turn with the others, as far as its window and its output have room. For the apply loop only.
/// </summary>
internal sealed class Delivery(ServerState state, EventCache cache, EventReader reader, ProgressJournal journal, TimeProvider timeProvider)
{
    // How much one receiver is given before the next one has its turn.
    private const int SliceEvents = 256;

    private readonly OwedEvents _owed = new();
    private readonly Queue<Subscription> _queue = new();
    private long _lastVolatile;

    /// <summary>How many volatile events a receiver had no room for.</summary>
    public long Dropped { get; private set; }

    /// <summary>Whether somebody waits for a turn.</summary>
    public bool HasWork => _queue.Count > 0;

    /// <summary>Gives an event that was just applied, or a volatile one, to every connected session in <see cref="ServerState.Targets"/>.</summary>
    public void Offer(StoredEvent storedEvent)
    {
        // An event in several rooms of a session goes to it once. Volatile events have no number; a count downwards keeps them apart.
        long mark = storedEvent.IsVolatile ? --_lastVolatile : storedEvent.Sequence;
        for (int target = 0; target < state.Targets.Count; target++)
        {
            foreach (Membership membership in state.Targets[target].Online)
            {
                Subscription? subscription = membership.Session.Subscription;
                if (subscription is not null && subscription.LastOffered != mark)
                {
                    subscription.LastOffered = mark;
                    Offer(subscription, storedEvent, target);
                }
            }
        }
    }

    /// <summary>Everything owed up to here was sent to the session.</summary>
    public long CursorOf(SessionState session) => session.Subscription is { IsCaughtUp: true } ? Math.Max(session.Cursor, state.Head) : session.Cursor;

    /// <summary>How many events the session is owed, counted beyond its unacknowledged ones up to <paramref name="limit"/>.</summary>
    public int CountOwed(SessionState session, int limit) =>
        Math.Min(limit, session.Unacked.Count + _owed.Count(session, session.Cursor, Now(), limit));

    /// <summary>The session has a connection; what it had not acknowledged is sent again first.</summary>
    public void Attach(Subscription subscription)
    {
        SessionState session = subscription.Session;
        if (session.Subscription is { } earlier)
        {
            Release(earlier);
            earlier.Receiver.Close(CloseCode.TakenOver, "another connection took this session over");
        }

        session.Subscription = subscription;
        Enqueue(subscription);
    }

    /// <summary>The connection is gone; what was in flight is owed again.</summary>
    public void Release(Subscription subscription)
    {
        SessionState session = subscription.Session;
        session.Cursor = CursorOf(session);
        session.Unacked.ReturnAll();
        session.Subscription = null;
    }

    /// <summary>Gives the session a turn, when it may be able to use one.</summary>
    public void Enqueue(Subscription subscription)
    {
        bool isOwed = !subscription.IsCaughtUp || subscription.Session.Unacked.TryPeekWaiting(out _);
        if (isOwed && !subscription.IsQueued && subscription.HasRoom)
        {
            subscription.IsQueued = true;
            _queue.Enqueue(subscription);
        }
    }

    /// <summary>The output has room again.</summary>
    public void Drained(Subscription subscription)
    {
        subscription.IsBlocked = false;
        Enqueue(subscription);
    }

    /// <summary>Events that were asked for have been read.</summary>
    public void Fetched(Subscription subscription, StoredEvent[] events)
    {
        subscription.IsFetching = false;
        foreach (StoredEvent storedEvent in events)
        {
            subscription.Fetched.Enqueue(storedEvent);
        }

        Enqueue(subscription);
    }

    /// <summary>Gives the next receiver in the queue its turn.</summary>
    public void RunOne()
    {
        Subscription subscription = _queue.Dequeue();
        subscription.IsQueued = false;
        if (!subscription.IsCurrent)
        {
            return;
        }

        long now = Now();
        for (int i = 0; i < SliceEvents && subscription.HasRoom; i++)
        {
            if (!TrySendNext(subscription, now))
            {
                return;
            }
        }

        Enqueue(subscription);
    }

    private long Now() => timeProvider.GetUtcNow().ToUnixTimeMilliseconds();

    private void Offer(Subscription subscription, StoredEvent storedEvent, int target)
    {
        if (Array.IndexOf(storedEvent.Except, subscription.Session.Id) >= 0)
        {
            return;
        }

        if (storedEvent.IsVolatile)
        {
            // Never waits: an output without room does without it.
            if (subscription.IsBlocked || !TryDeliver(subscription, storedEvent, target, redelivered: false))
            {
                Dropped++;
            }
        }
        else if (subscription.IsCaughtUp)
        {
            if (subscription.HasRoom && TryDeliver(subscription, storedEvent, target, redelivered: false))
            {
                Sent(subscription, storedEvent.Sequence);
            }
            else
            {
                subscription.IsCaughtUp = false;
                subscription.Session.Cursor = storedEvent.Sequence - 1;
            }
        }
    }

    private bool TrySendNext(Subscription subscription, long now)
    {
        SessionState session = subscription.Session;
        bool again = session.Unacked.TryPeekWaiting(out long sequence);
        if (!again)
        {
            if (subscription.IsCaughtUp || !subscription.Refill(_owed, now))
            {
                session.Cursor = CursorOf(session);
                subscription.CatchUp();
                return false;
            }

            sequence = subscription.Lookahead[0];
        }

        if (Find(subscription, sequence) is not { } storedEvent)
        {
            Fetch(subscription);
            return false;
        }

        if (now < storedEvent.Deadline
            && !TryDeliver(subscription, storedEvent, FindTarget(session, storedEvent), again || sequence <= session.MaybeSentUpTo))
        {
            // Read again when it has drained, rather than held for a receiver that may never read on.
            subscription.Fetched.Clear();
            return false;
        }

        bool expired = now >= storedEvent.Deadline;
        if (again)
        {
            SentAgain(subscription, sequence, expired);
        }
        else
        {
            subscription.Advance();
            if (expired)
            {
                session.Cursor = sequence;
            }
            else
            {
                Sent(subscription, sequence);
            }
        }

        return true;
    }

    private static bool TryDeliver(Subscription subscription, StoredEvent storedEvent, int target, bool redelivered)
    {
        bool delivered = subscription.Receiver.TryDeliver(storedEvent, target, redelivered);
        subscription.IsBlocked = !delivered;
        return delivered;
    }

    private void Sent(Subscription subscription, long sequence)
    {
        subscription.Session.Cursor = sequence;
        if (subscription.AcknowledgesItself)
        {
            journal.Moved(subscription.Session);
        }
        else
        {
            subscription.Session.Unacked.AddInFlight(sequence);
        }
    }

    private void SentAgain(Subscription subscription, long sequence, bool expired)
    {
        if (expired || subscription.AcknowledgesItself)
        {
            subscription.Session.Unacked.Remove(sequence);
            journal.Moved(subscription.Session);
        }
        else
        {
            subscription.Session.Unacked.SentWaiting();
        }
    }

    private StoredEvent? Find(Subscription subscription, long sequence)
    {
        while (subscription.Fetched.TryPeek(out StoredEvent? fetched) && fetched.Sequence <= sequence)
        {
            if (fetched.Sequence == sequence)
            {
                return fetched;
            }

            subscription.Fetched.Dequeue();
        }

        return cache.Find(sequence);
    }

    private void Fetch(Subscription subscription)
    {
        if (subscription.IsFetching)
        {
            return;
        }

        // Only what may be sent when it arrives.
        SessionState session = subscription.Session;
        Span<long> wanted = stackalloc long[Math.Min(SliceEvents, subscription.Window - session.Unacked.InFlight)];
        int count = session.Unacked.CopyWaiting(wanted);
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
