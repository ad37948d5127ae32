using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>
/// Hands events to the connections of those who are owed them. Who is up to date gets an event as it is committed; who is not is caught up by <see cref="CatchUp"/>,
/// in turn with the others, as far as its windows and its outputs have room. For the apply loop only.
/// </summary>
internal sealed class FanOut(ServerState state, CatchUp backlog, Dispatcher dispatcher, TimeProvider timeProvider)
{
    private readonly Queue<ConnectedSession> _queue = new();
    private long _lastVolatile;

    /// <summary>How many volatile events a receiver had no room for.</summary>
    public long Dropped { get; private set; }

    /// <summary>Whether somebody waits for a turn.</summary>
    public bool HasWork => _queue.Count > 0;

    /// <summary>Gives an event that was just applied, or a volatile one, to every connected session in <see cref="ServerState.Targets"/>.</summary>
    public void Offer(StoredEvent storedEvent)
    {
        OutgoingEvent? outgoing = null;

        // An event in several rooms of a session goes to it once. Volatile events have no number; a count downwards keeps them apart.
        long mark = storedEvent.IsVolatile ? --_lastVolatile : storedEvent.Sequence;
        for (int target = 0; target < state.Targets.Count; target++)
        {
            Offer(state.Targets[target], storedEvent, ref outgoing, target, mark);
        }

        if (state.Observers is { } observers)
        {
            Offer(observers, storedEvent, ref outgoing, target: 0, mark);
        }
    }

    /// <summary>Everything owed up to here was sent to the session.</summary>
    public long CursorOf(SessionState session) => backlog.CursorOf(session);

    /// <summary>How many events the session is owed, counted beyond its unacknowledged ones up to <paramref name="limit"/>.</summary>
    public int CountOwed(SessionState session, int limit) => backlog.CountOwed(session, Now(), limit);

    /// <summary>How many events the session may be owed at most: too high where an event went to several of its rooms, or is not for it.</summary>
    public long OwedAtMost(SessionState session) => backlog.OwedAtMost(session);

    /// <summary>What counting has cost so far, in rooms and events that were looked at.</summary>
    public long CountingSteps => backlog.CountingSteps;

    /// <summary>
    /// The session has another connection, and what it had not acknowledged is sent again first. It takes the session over from all others, unless it and they share it.
    /// </summary>
    public void Attach(SessionState session, ConnectionWindow consumer)
    {
        if (session.ConnectedSession is { IsStuck: true } stuck)
        {
            // Another look: an operator cannot have repaired the log meanwhile, but a disk may read today what it did not read yesterday.
            stuck.IsStuck = stuck.IsFetching = false;
        }

        if (session.ConnectedSession is { } earlier && !(consumer.IsShared && earlier.Consumers[0].IsShared))
        {
            foreach (ConnectionWindow other in earlier.Consumers.ToArray())
            {
                Release(other);
                other.Connection.Close(CloseReason.TakenOver);
            }
        }

        session.ConnectedSession ??= new ConnectedSession(session);
        session.ConnectedSession.Add(consumer);
        Enqueue(session.ConnectedSession);
    }

    /// <summary>The connection is gone; what was in flight on it is owed again, at once to another of the session if it has one. True: it was the last of its session.</summary>
    public bool Release(ConnectionWindow consumer)
    {
        ConnectedSession subscription = consumer.ConnectedSession!;
        SessionState session = subscription.Session;
        session.Cursor = CursorOf(session);
        subscription.Remove(consumer);
        if (subscription.Consumers.Count > 0)
        {
            Enqueue(subscription);
            return false;
        }

        session.ConnectedSession = null;
        return true;
    }

    /// <summary>Gives the session a turn, when it may be able to use one.</summary>
    public void Enqueue(ConnectedSession subscription)
    {
        bool isOwed = !subscription.IsCaughtUp || subscription.Session.Unacked.Waiting > 0;
        if (isOwed && !subscription.IsQueued && subscription.HasRoom)
        {
            subscription.IsQueued = true;
            _queue.Enqueue(subscription);
        }
    }

    /// <summary>The output has room again.</summary>
    public void Drained(ConnectionWindow consumer)
    {
        consumer.IsBlocked = false;
        if (consumer.ConnectedSession is { } subscription)
        {
            Enqueue(subscription);
        }
    }

    /// <summary>Events that were asked for have been read.</summary>
    public void Fetched(ConnectedSession subscription, OutgoingEvent[] events)
    {
        // Every request asks for all that comes next, so what an earlier one brought is among these, where it is still wanted.
        subscription.IsFetching = false;
        subscription.Fetched.Clear();
        foreach (OutgoingEvent outgoing in events)
        {
            subscription.Fetched.Enqueue(outgoing);
        }

        Enqueue(subscription);
    }

    /// <summary>Whether this is the event that the session is to be sent next.</summary>
    public static bool IsNext(ConnectedSession subscription, long sequence) => subscription.IsCurrent && CatchUp.IsNext(subscription, sequence);

    /// <summary>
    /// An event that was asked for cannot be read. Who is owed it is sent nothing more, as nothing may come before it, and is closed; everybody else goes on.
    /// True: it is still owed, and was next.
    /// </summary>
    public bool Unreadable(ConnectedSession subscription, long sequence)
    {
        if (!IsNext(subscription, sequence))
        {
            Fetched(subscription, []);
            return false;
        }

        // Still as if it was being fetched: it is not asked for again.
        subscription.IsStuck = true;
        foreach (ConnectionWindow consumer in subscription.Consumers.ToArray())
        {
            consumer.Connection.Close(CloseReason.EventUnreadable);
        }

        return true;
    }

    /// <summary>Gives the next session in the queue its turn.</summary>
    public void RunOne()
    {
        ConnectedSession subscription = _queue.Dequeue();
        subscription.IsQueued = false;
        if (!subscription.IsCurrent)
        {
            return;
        }

        long now = Now();
        for (int i = 0; i < CatchUp.SliceEvents && subscription.HasRoom; i++)
        {
            if (!backlog.TrySendNext(subscription, now))
            {
                return;
            }
        }

        Enqueue(subscription);
    }

    private long Now() => timeProvider.GetUtcNow().ToUnixTimeMilliseconds();

    private void Offer(Room room, StoredEvent storedEvent, ref OutgoingEvent? outgoing, int target, long mark)
    {
        foreach (Membership membership in room.Online)
        {
            ConnectedSession? subscription = membership.Session.ConnectedSession;
            if (subscription is not null && subscription.LastOffered != mark)
            {
                subscription.LastOffered = mark;
                outgoing ??= storedEvent.IsVolatile ? new OutgoingEvent(storedEvent) : backlog.Outgoing(storedEvent);
                Offer(subscription, outgoing, target);
            }
        }
    }

    private void Offer(ConnectedSession subscription, OutgoingEvent outgoing, int target)
    {
        StoredEvent storedEvent = outgoing.Stored;
        if (Array.IndexOf(storedEvent.Except, subscription.Session.Id) >= 0)
        {
            return;
        }

        if (storedEvent.IsVolatile)
        {
            Dropped += Dispatcher.DispatchVolatile(subscription, outgoing, target) ? 0 : 1;
        }
        else if (subscription.IsCaughtUp)
        {
            if (subscription.Session.Unacked.Delayed < ConnectedSession.MaxDelayed
                && Dispatcher.Dispatch(subscription, outgoing, target, redelivered: false) is { } consumer)
            {
                dispatcher.Sent(subscription, consumer, storedEvent.Sequence);
            }
            else
            {
                subscription.IsCaughtUp = false;
                subscription.Session.Cursor = storedEvent.Sequence - 1;
            }
        }
    }
}
