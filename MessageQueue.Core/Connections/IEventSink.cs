using MessageQueue.State;

namespace MessageQueue.Connections;

/// <summary>A connection's output that takes events as they are stored and not as frames: a receiver inside the server. Its window bounds what it is given.</summary>
internal interface IEventSink
{
    /// <summary>Takes an event. Called by the apply loop; must not block or throw.</summary>
    void Deliver(StoredEvent storedEvent, bool redelivered);

    /// <summary>Retention took events from it. Called by the apply loop; must not block or throw.</summary>
    void Miss(in Gap gap)
    {
    }
}
