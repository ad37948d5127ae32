using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>Where a session's events go while it is connected. Called by the apply loop only; must not block.</summary>
internal interface IReceiver
{
    /// <summary>
    /// Hands the event to the output. False: the output is full, nothing was taken, and the apply loop is told when there is room again.
    /// </summary>
    /// <param name="storedEvent">The event.</param>
    /// <param name="target">Which entry of its <c>to</c> matched this session.</param>
    /// <param name="redelivered">Whether it may have been sent to this session before.</param>
    bool TryDeliver(StoredEvent storedEvent, int target, bool redelivered);

    /// <summary>Tells of events that are gone, whether or not the output is full.</summary>
    void Tell(in Gap gap);

    /// <summary>Ends the connection, after what was written to it.</summary>
    void Close(int code, string reason);
}
