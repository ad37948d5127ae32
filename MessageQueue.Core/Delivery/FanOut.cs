using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>
/// Delivers events to the connections of the sessions that they are pending for. A session that is up to date gets an event as soon as it
/// is committed. A session that has fallen behind is served by <see cref="CatchUp"/>: sessions take turns, as far as their windows and
/// outputs have room. For the apply loop only.
/// </summary>
internal sealed class FanOut(
    ServerState state, SessionDeliveries deliveries, CatchUp catchUp, Dispatcher dispatcher, TimeProvider timeProvider)
{
    private readonly Queue<SessionDelivery> _queue = new();
    private long _lastVolatile;

    /// <summary>How many volatile events were dropped because a receiver had no room.</summary>
    public long Dropped { get; private set; }

    /// <summary>Whether a session waits for its turn.</summary>
    public bool HasWork => _queue.Count > 0;

    /// <summary>Whether a session in <see cref="ServerState.Targets"/> is connected here. Without one the event is not decoded.</summary>
    public bool HasReceivers
    {
        get
        {
            for (int target = 0; target < state.Targets.Count; target++)
            {
                if (!deliveries.In(state.Targets[target]).IsEmpty)
                {
                    return true;
                }
            }

            return state.Observers is { } observers && !deliveries.In(observers).IsEmpty;
        }
    }

    /// <summary>
    /// Delivers an event that was just applied, or a volatile one, to every connected session in <see cref="ServerState.Targets"/>.
    /// </summary>
    public void Publish(StoredEvent storedEvent)
    {
        OutgoingEvent? outgoing = null;

        // An event in several rooms of a session goes to it once: the mark says which event was published last. Volatile events have no
        // number, so they get marks that count downwards.
        long mark = storedEvent.IsVolatile ? --_lastVolatile : storedEvent.Sequence;
        for (int target = 0; target < state.Targets.Count; target++)
        {
            if (storedEvent.IsVolatile && state.FindAddress(storedEvent, target) is { } session)
            {
                // By name, not by inbox: creating an inbox would change the state.
                PublishTo(session, storedEvent, ref outgoing, target, mark);
            }
            else
            {
                Publish(state.Targets[target], storedEvent, ref outgoing, target, mark);
            }
        }

        if (state.Observers is { } observers)
        {
            Publish(observers, storedEvent, ref outgoing, target: 0, mark);
        }
    }

    /// <summary>Returns the connections of a session, in the order in which they attached.</summary>
    public IReadOnlyList<ConnectionWindow> ConnectionsOf(SessionState session) => deliveries.Find(session)?.Windows ?? [];

    /// <summary>Counts the pending events of a session. Those that were not sent are counted up to <paramref name="limit"/>.</summary>
    public int CountPending(SessionState session, int limit) => catchUp.CountPending(session, Now(), limit);

    /// <summary>
    /// Returns an upper bound of the session's pending events. It is too high if an event went to several of the session's rooms, or is not
    /// for it.
    /// </summary>
    public long PendingAtMost(SessionState session) => catchUp.PendingAtMost(session);

    /// <summary>How many rooms and events were looked at for counting so far.</summary>
    public long CountingSteps => catchUp.CountingSteps;

    /// <summary>
    /// Adds a connection to a session. What is not acknowledged is sent again first. The new connection takes the session over and closes
    /// all others, unless it and they share the session.
    /// </summary>
    public void Attach(SessionState session, ConnectionWindow window)
    {
        SessionDelivery delivery = deliveries.Open(session);
        // Tries again: nobody can have repaired the log meanwhile, but a disk may read today what it could not read yesterday.
        delivery.IsFetching &= !delivery.IsStuck;
        delivery.IsStuck = false;

        if (delivery.IsConnected && !(window.IsShared && delivery.Windows[0].IsShared))
        {
            CloseAll(delivery, CloseReason.TakenOver);
        }

        bool isFirst = !delivery.IsConnected;
        delivery.Add(window);
        delivery.AttachedAt = session.AttachedAt;
        if (isFirst)
        {
            deliveries.Connected(delivery);
        }

        Enqueue(delivery);
    }

    /// <summary>
    /// Handles a session that another host has attached: closes its connections here and forgets what was known of it here.
    /// </summary>
    public void Detach(SessionState session)
    {
        if (deliveries.Find(session) is { } delivery)
        {
            CloseAll(delivery, CloseReason.TakenOver);
            deliveries.Remove(session);
        }
    }

    /// <summary>Closes the connections of a session that has ended.</summary>
    public void End(SessionState session)
    {
        if (deliveries.Find(session) is { } delivery)
        {
            CloseAll(delivery, CloseReason.SessionEnded);
            deliveries.Remove(session);
        }
    }

    /// <summary>
    /// Removes a connection. Its events in flight are sent again, at once if the session has another connection. Returns true if it was the
    /// last one of its session.
    /// </summary>
    public bool Release(ConnectionWindow window)
    {
        SessionDelivery delivery = window.SessionDelivery!;
        delivery.Remove(window);
        if (delivery.IsConnected)
        {
            Enqueue(delivery);
            return false;
        }

        delivery.Disconnect(state.Head);
        deliveries.Disconnected(delivery);
        return true;
    }

    /// <summary>Queues the session for a turn if it has something to send and room for it.</summary>
    public void Enqueue(SessionDelivery delivery)
    {
        bool hasPending = !delivery.IsCaughtUp || delivery.Unacked.Waiting > 0;
        if (hasPending && delivery.IsConnected && !delivery.IsQueued && delivery.HasRoom)
        {
            delivery.IsQueued = true;
            _queue.Enqueue(delivery);
        }
    }

    /// <summary>Handles an output that has room again.</summary>
    public void Drained(ConnectionWindow window)
    {
        window.IsBlocked = false;
        if (window.SessionDelivery is { } delivery)
        {
            Enqueue(delivery);
        }
    }

    /// <summary>Takes events that were read from the log.</summary>
    public void Fetched(SessionDelivery delivery, OutgoingEvent[] events)
    {
        // Every request asks for all events that come next. So these include what an earlier request returned, as far as it is still
        // wanted.
        delivery.IsFetching = false;
        delivery.Fetched.Clear();
        foreach (OutgoingEvent outgoing in delivery.IsConnected ? events : [])
        {
            delivery.Fetched.Enqueue(outgoing);
        }

        Enqueue(delivery);
    }

    /// <summary>Whether this event is the next one to send to the session.</summary>
    public static bool IsNext(SessionDelivery delivery, long sequence) => delivery.IsConnected && CatchUp.IsNext(delivery, sequence);

    /// <summary>
    /// Handles an event that cannot be read. The session gets nothing more, because nothing may overtake the event, and its connections are
    /// closed. All other sessions go on. Returns true if the event is still pending and was the next one to send.
    /// </summary>
    public bool Unreadable(SessionDelivery delivery, long sequence)
    {
        if (!IsNext(delivery, sequence))
        {
            Fetched(delivery, []);
            return false;
        }

        // <see cref="SessionDelivery.IsFetching"/> stays set, so that the event is not requested again.
        delivery.IsStuck = true;
        foreach (ConnectionWindow window in delivery.Windows.ToArray())
        {
            window.Connection.Close(CloseReason.EventUnreadable);
        }

        return true;
    }

    /// <summary>Gives the next session in the queue its turn.</summary>
    public void RunOne()
    {
        SessionDelivery delivery = _queue.Dequeue();
        delivery.IsQueued = false;
        if (!delivery.IsConnected)
        {
            return;
        }

        long now = Now();
        for (int i = 0; i < CatchUp.SliceEvents && delivery.HasRoom; i++)
        {
            if (!catchUp.TrySendNext(delivery, now))
            {
                return;
            }
        }

        Enqueue(delivery);
    }

    private long Now() => timeProvider.GetUtcNow().ToUnixTimeMilliseconds();

    private void Publish(Room room, StoredEvent storedEvent, ref OutgoingEvent? outgoing, int target, long mark)
    {
        foreach (SessionDelivery delivery in deliveries.In(room))
        {
            Publish(delivery, storedEvent, ref outgoing, target, mark);
        }
    }

    private void Publish(SessionDelivery delivery, StoredEvent storedEvent, ref OutgoingEvent? outgoing, int target, long mark)
    {
        if (delivery.LastPublished != mark)
        {
            delivery.LastPublished = mark;
            outgoing ??= storedEvent.IsVolatile ? new OutgoingEvent(storedEvent) : catchUp.Outgoing(storedEvent);
            Publish(delivery, outgoing, target);
        }
    }

    private void PublishTo(SessionState session, StoredEvent storedEvent, ref OutgoingEvent? outgoing, int target, long mark)
    {
        if (deliveries.Find(session) is { IsConnected: true } delivery)
        {
            Publish(delivery, storedEvent, ref outgoing, target, mark);
        }
    }

    private void CloseAll(SessionDelivery delivery, CloseReason reason)
    {
        foreach (ConnectionWindow window in delivery.Windows.ToArray())
        {
            Release(window);
            window.Connection.Close(reason);
        }
    }

    /// <summary>Delivers an event to one session that it is for.</summary>
    public void Publish(SessionDelivery delivery, OutgoingEvent outgoing, int target)
    {
        StoredEvent storedEvent = outgoing.Stored;
        if (Exclusions.Contain(storedEvent.Except, delivery.Session.Id))
        {
            return;
        }

        if (storedEvent.IsVolatile)
        {
            Dropped += Dispatcher.DispatchVolatile(delivery, outgoing, target) ? 0 : 1;
        }
        else if (delivery.IsCaughtUp)
        {
            if (delivery.Unacked.Delayed < SessionDelivery.MaxDelayed
                && Dispatcher.Dispatch(delivery, outgoing, target, redelivered: false) is { } window)
            {
                dispatcher.Sent(delivery, window, storedEvent.Sequence);
            }
            else
            {
                delivery.IsCaughtUp = false;
                delivery.Cursor = storedEvent.Sequence - 1;
            }
        }
    }
}
