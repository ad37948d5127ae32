namespace MessageQueue.Protocol;

/// <summary>
/// Tells who is in a room: a state or a part of one, a difference, a number, or the end of a watch. It holds the frames that dialects made
/// of it, because all who watch a room get the same difference.
/// </summary>
internal sealed class PresenceMessage
{
    private byte[]?[] _frames = [];

    /// <summary>The room.</summary>
    public required string Room { get; init; }

    /// <summary>The version; rises with every message about the room, except that the parts of a state have the same.</summary>
    public long Version { get; init; }

    /// <summary>How many sessions are there.</summary>
    public int Count { get; init; }

    /// <summary>The members of a state, or of a part of one; null if this is no state.</summary>
    public IReadOnlyList<PresenceEntry>? Members { get; init; }

    /// <summary>The number of the part of the state, from 1.</summary>
    public int Part { get; init; } = 1;

    /// <summary>Whether another part of the state follows.</summary>
    public bool HasMore { get; init; }

    /// <summary>Those who came, or show something else now.</summary>
    public IReadOnlyList<PresenceEntry> Joined { get; init; } = [];

    /// <summary>Those who are not there any more.</summary>
    public IReadOnlyList<PresenceEntry> Left { get; init; } = [];

    /// <summary>Whether so many are there that they are only counted.</summary>
    public bool IsCountOnly { get; init; }

    /// <summary>Whether the watch has ended.</summary>
    public bool IsEnd { get; init; }

    /// <summary>Returns a reference to the slot of a dialect's frame, which is null until the dialect has made the frame.</summary>
    public ref byte[]? Frame(int dialect)
    {
        if (dialect >= _frames.Length)
        {
            Array.Resize(ref _frames, dialect + 1);
        }

        return ref _frames[dialect];
    }
}
