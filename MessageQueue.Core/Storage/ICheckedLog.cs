namespace MessageQueue.Storage;

/// <summary>A log whose extents can be damaged by the disk, and that can check them while it is in use.</summary>
internal interface ICheckedLog
{
    /// <summary>How many of the extents held have a record that <see cref="Check"/> or a read found damaged. Thread-safe.</summary>
    int DamagedExtents { get; }

    /// <summary>
    /// Reads a sealed extent from its beginning and checks every record. Each step checks one piece and returns its bytes, so the caller
    /// sets the pace. Runs beside appends and reads, on any thread. Returns nothing if the extent is not held any more.
    /// </summary>
    /// <exception cref="LogDamagedException">
    /// A record does not read back as it was written. Names the first such record and all up to the next good one. The damage was reported
    /// and counted.
    /// </exception>
    IEnumerable<int> Check(long firstSequence);

    /// <summary>
    /// Whether a record that a read left out is lost for good: an operator repaired the log, and a record in its place says so. Runs beside
    /// appends and reads, on any thread.
    /// </summary>
    /// <exception cref="LogDamagedException">A record does not read back as it was written.</exception>
    bool IsLost(long sequence);
}
