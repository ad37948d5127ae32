namespace MessageQueue.State;

/// <summary>The result of a command.</summary>
internal enum OutcomeKind
{
    /// <summary>It took effect.</summary>
    Applied,

    /// <summary>An event with this reference is stored already.</summary>
    Duplicate,

    /// <summary>There is no such session.</summary>
    UnknownSession,

    /// <summary>The session would be in too many rooms.</summary>
    TooManyRooms,

    /// <summary>The session would have left too many rooms that still have pending events for it.</summary>
    TooManyLeftRooms,

    /// <summary>There would be too many sessions.</summary>
    TooManySessions,

    /// <summary>There was nothing to do any more.</summary>
    Ignored,
}
