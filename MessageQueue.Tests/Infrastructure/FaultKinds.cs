namespace MessageQueue.Tests.Infrastructure;

/// <summary>What a <see cref="FaultProxy"/> does to its connections.</summary>
[Flags]
internal enum FaultKinds
{
    None = 0,

    /// <summary>Resets every connection at once.</summary>
    Cut = 1,

    /// <summary>Resets each connection after some more bytes, so in the middle of a message.</summary>
    CutInside = 2,

    /// <summary>Holds all bytes back for a while.</summary>
    Stall = 4,

    /// <summary>Delays every read for a while.</summary>
    Delay = 8,

    /// <summary>Both sides keep a connection through which nothing comes any more.</summary>
    HalfOpen = 16,

    /// <summary>Resets every connection, and new ones for a while.</summary>
    Refuse = 32,

    All = Cut | CutInside | Stall | Delay | HalfOpen | Refuse,
}
