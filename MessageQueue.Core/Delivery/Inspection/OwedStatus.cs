namespace MessageQueue.Delivery.Inspection;

/// <summary>Where a pending event is on its way to a session.</summary>
internal enum OwedStatus
{
    /// <summary>It was not sent yet.</summary>
    Unsent,

    /// <summary>It was sent on a connection that is open, and is not acknowledged.</summary>
    InFlight,

    /// <summary>It was sent and not acknowledged, and comes again as soon as it can be sent.</summary>
    Waiting,

    /// <summary>The session refused it with a <c>nack</c>, and it waits out the delay.</summary>
    Delayed,

    /// <summary>The session got it too often, and it is being moved to the dead letters.</summary>
    MovingToDeadLetters,
}
