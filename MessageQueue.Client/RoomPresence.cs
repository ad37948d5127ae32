namespace MessageQueue.Client;

/// <summary>Who is in a room, and what has changed since a handler was told last. Immutable; may be kept.</summary>
public sealed class RoomPresence
{
    internal RoomPresence(string room) => Room = room;

    /// <summary>The room.</summary>
    public string Room { get; }

    /// <summary>How many sessions are there.</summary>
    public int Count { get; internal init; }

    /// <summary>All sessions that are there, in no order. Empty if they are only counted, or if the watch has ended.</summary>
    public IReadOnlyCollection<RoomMember> Members { get; internal init; } = [];

    /// <summary>The sessions that have come since this handler was told last, and those that now show something else.</summary>
    public IReadOnlyList<RoomMember> Joined { get; internal init; } = [];

    /// <summary>The sessions that were there when this handler was told last, and are not any more.</summary>
    public IReadOnlyList<string> Left { get; internal init; } = [];

    /// <summary>Whether so many sessions are there that the server only counts them.</summary>
    public bool IsCountOnly { get; internal init; }

    /// <summary>
    /// Whether the watch has ended: the session left the room, or <see cref="Error"/> says what was refused. The handler is not called
    /// again.
    /// </summary>
    public bool HasEnded { get; internal init; }

    /// <summary>Why the room may not be watched; null if it was not refused.</summary>
    public MessageQueueClientException? Error { get; internal init; }
}
