namespace MessageQueue.Delivery.Inspection;

/// <summary>Why nothing more is sent to a session at this moment.</summary>
internal enum HeldBy
{
    /// <summary>Nothing: what is pending is being sent.</summary>
    Nothing,

    /// <summary>It has no connection.</summary>
    NoConnection,

    /// <summary>As many events as its connections may have are in flight: the client does not acknowledge them.</summary>
    Window,

    /// <summary>The outputs of its connections are full: the client does not read, or the network is slow.</summary>
    Output,

    /// <summary>As many events as a session may have wait out the delay of a <c>nack</c>.</summary>
    DelayedEvents,

    /// <summary>The next event for it is being read from the log.</summary>
    Reading,

    /// <summary>The next event for it cannot be read from the log.</summary>
    UnreadableEvent,
}
