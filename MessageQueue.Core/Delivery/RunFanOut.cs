using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>
/// Delivers the events of a batch. Those that follow each other and go to the same room are delivered as one <see cref="EventRun"/>: each
/// receiver that is up to date is visited once for all of them, not once for each. For the apply loop only.
/// </summary>
/// <remarks>
/// Nothing may change who gets an event, or look at what was delivered, between <see cref="Add"/> and <see cref="Publish"/>.
/// </remarks>
internal sealed class RunFanOut(
    ServerState state, SessionDeliveries deliveries, CatchUp catchUp, Dispatcher dispatcher, FanOut fanOut)
{
    private readonly EventRun _run = new();

    /// <summary>Adds an event that was just applied. It is delivered at the next <see cref="Publish"/> or earlier.</summary>
    public void Add(StoredEvent storedEvent)
    {
        // A session can be in several rooms of an event and gets it once. That and observers are for the fan-out of single events.
        if (state.Targets.Count != 1 || state.Observers is not null)
        {
            Publish();
            fanOut.Publish(storedEvent);
        }
        else if (!_run.TryAdd(state.Targets[0], storedEvent))
        {
            Publish();
            _run.TryAdd(state.Targets[0], storedEvent);
        }
    }

    /// <summary>Delivers what was added.</summary>
    public void Publish()
    {
        if (_run.Room is not { } room)
        {
            return;
        }

        foreach (SessionDelivery delivery in deliveries.In(room))
        {
            if (delivery.IsCaughtUp && !TryPublish(delivery))
            {
                PublishEach(delivery);
            }
        }

        _run.Clear();
    }

    private bool TryPublish(SessionDelivery delivery)
    {
        if (delivery.OnlyWindow is not { } window
            || !window.HasRoomFor(_run.Events.Length)
            || delivery.Unacked.Delayed >= SessionDelivery.MaxDelayed
            || _run.Excludes(delivery.Session)
            || !window.Connection.TryDeliver(_run))
        {
            return false;
        }

        dispatcher.Sent(delivery, window, _run);
        return true;
    }

    private void PublishEach(SessionDelivery delivery)
    {
        foreach (StoredEvent storedEvent in _run.Events)
        {
            fanOut.Publish(delivery, catchUp.Outgoing(storedEvent), target: 0);
        }
    }
}
