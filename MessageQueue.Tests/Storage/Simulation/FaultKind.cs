namespace MessageQueue.Tests.Storage.Simulation;

/// <summary>How an operation fails.</summary>
internal enum FaultKind
{
    /// <summary>Nothing is done: EIO, ENOSPC.</summary>
    Refused,

    /// <summary>Half of a write is done; of anything else, nothing.</summary>
    Short,

    /// <summary>All is done, and an error reported.</summary>
    DoneAndReported,

    /// <summary>A sync loses what it should have written, and the kernel calls it clean: the next sync will not write it either.</summary>
    PagesLost,

    /// <summary>.NET's way to report EFBIG of a write: not as an I/O error. Anything else is refused.</summary>
    NotAnIOException,
}
