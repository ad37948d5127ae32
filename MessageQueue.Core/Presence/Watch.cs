namespace MessageQueue.Presence;

/// <summary>
/// How far one watcher has got in one room. It holds positions and no messages, so a slow watcher costs no memory.
/// </summary>
internal sealed class Watch(Watcher watcher, WatchedRoom room)
{
    /// <summary>Who watches.</summary>
    public Watcher Watcher { get; } = watcher;

    /// <summary>What is watched.</summary>
    public WatchedRoom Room { get; } = room;

    /// <summary>Its index among the watches of <see cref="Room"/>; −1 when it has ended.</summary>
    public int Index { get; set; } = -1;

    /// <summary>Whether a new state is due: it was not told any yet, or it missed a difference.</summary>
    public bool NeedsState { get; set; } = true;

    /// <summary>Whether a state is being sent.</summary>
    public bool IsInState => Part > 0;

    /// <summary>How many parts of the state were sent; 0 while none is being sent.</summary>
    public int Part { get; set; }

    /// <summary>The version of its last state.</summary>
    public long StateVersion { get; set; }

    /// <summary>The members that changed last up to this version were sent in this state.</summary>
    public long Cursor { get; set; }

    /// <summary>Whether it waits for its turn.</summary>
    public bool IsQueued { get; set; }
}
