namespace MessageQueue;

/// <summary>
/// A change of who is present in a room, for <see cref="Namespace.OnPresence"/>. To follow a room, forget everybody where
/// <see cref="IsState"/> or <see cref="IsCountOnly"/> is true; then remove <see cref="Left"/> and add <see cref="Joined"/>.
/// </summary>
public sealed class PresenceChange
{
    internal PresenceChange(string room)
    {
        Room = room;
    }

    /// <summary>The room.</summary>
    public string Room { get; }

    /// <summary>
    /// Whether this begins anew: what was told before does not count any more. True for the first call, after a slow handler has missed
    /// changes, and when a very large room has become smaller. A large state comes in parts, of which only the first has this.
    /// </summary>
    public bool IsState { get; internal init; }

    /// <summary>The sessions that came, those of a state, and those that now show something else.</summary>
    public IReadOnlyList<PresentSession> Joined { get; internal init; } = [];

    /// <summary>The sessions that are not present any more.</summary>
    public IReadOnlyList<Session> Left { get; internal init; } = [];

    /// <summary>How many sessions are present.</summary>
    public int Count { get; internal init; }

    /// <summary>
    /// Whether so many are present that they are only counted: more than <see cref="MessageQueueOptions.MaxPresenceMembers"/>.
    /// </summary>
    public bool IsCountOnly { get; internal init; }
}
