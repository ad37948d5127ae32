using MessageQueue.Delivery.Inspection;

namespace MessageQueue.Http.Answers;

/// <summary>What became of an event for one session.</summary>
/// <param name="Session">The session's address; null for one of the server's own, for handlers.</param>
/// <param name="Status">What became of the event.</param>
internal sealed record Receiver(string? Session, ReceiverStatus Status)
{
    /// <summary>The entry of <c>to</c> by which the session got it; null for none.</summary>
    public string? Room { get; init; }

    /// <summary>How often it was sent, as far as this run of the server knows; 0 if that says nothing.</summary>
    public int Deliveries { get; init; }

    /// <summary>The number of the session's connections.</summary>
    public int Connections { get; init; }

    /// <summary>The time of its last connection, in milliseconds since the Unix epoch; the current time if it is connected.</summary>
    public long LastSeen { get; init; }

    /// <summary>Why nothing is sent to the session at this moment. Only for a pending event.</summary>
    public HeldBy HeldBy { get; init; }

    /// <summary>The number after which the session gets events of the event's room, if that is why it was not for it; 0 for none.</summary>
    public long JoinedAt { get; init; }

    /// <summary>The number of the dead letter; 0 for none.</summary>
    public long DeadLetter { get; init; }

    /// <summary>Whether nothing more will happen with the event for this session.</summary>
    public bool IsOver => Status is ReceiverStatus.Acknowledged or ReceiverStatus.AcknowledgedOrExpired or ReceiverStatus.Excluded;
}
