namespace MessageQueue.Tests.Storage.Simulation;

/// <summary>How an operation fails.</summary>
internal enum FaultKind
{
    /// <summary>The operation does nothing: EIO, ENOSPC.</summary>
    Refused,

    /// <summary>A write is done by half. Any other operation does nothing.</summary>
    Short,

    /// <summary>The operation is done completely, but reports an error.</summary>
    DoneAndReported,

    /// <summary>
    /// A sync loses the data, and the kernel marks it as clean, so that the next sync does not write it either.
    /// </summary>
    PagesLost,

    /// <summary>A write fails with EFBIG, which .NET does not report as an I/O error. Any other operation does nothing.</summary>
    NotAnIOException,
}
