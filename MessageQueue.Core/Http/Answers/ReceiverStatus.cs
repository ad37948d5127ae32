namespace MessageQueue.Http.Answers;

/// <summary>What became of an event for one session. The names are in answers to operators; docs/operating.md lists them.</summary>
internal enum ReceiverStatus
{
    /// <summary>It was not for the session.</summary>
    NotAddressed,

    /// <summary>It went to a room of the session, and the sender left the session out.</summary>
    Excluded,

    /// <summary>It is pending and was not sent yet.</summary>
    Unsent,

    /// <summary>It was sent on a connection that is open, and is not acknowledged.</summary>
    InFlight,

    /// <summary>It was sent and not acknowledged, and comes again.</summary>
    Waiting,

    /// <summary>The session refused it with a <c>nack</c>; it comes again after the delay.</summary>
    Delayed,

    /// <summary>The session got it too often; it is being moved to the dead letters.</summary>
    MovingToDeadLetters,

    /// <summary>The session got it too often, or its handler did not finish it: it is a dead letter.</summary>
    DeadLettered,

    /// <summary>Its time to live was over before the session acknowledged it.</summary>
    Expired,

    /// <summary>Retention dropped it before the session acknowledged it, and the session is told so by a gap.</summary>
    Gap,

    /// <summary>The session acknowledged it.</summary>
    Acknowledged,

    /// <summary>The session acknowledged it, or its time to live was over before. The state does not keep which.</summary>
    AcknowledgedOrExpired,
}
