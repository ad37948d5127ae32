namespace MessageQueue.Storage;

/// <summary>A log whose extents can be damaged by what keeps them, and that can look for it beside everything else.</summary>
internal interface ICheckedLog
{
    /// <summary>How many extents are held of which a record was found damaged, by <see cref="Check"/> or by a read. Thread-safe.</summary>
    int DamagedExtents { get; }

    /// <summary>
    /// Reads a sealed extent from its beginning and checks every record, a piece with every step, which gives its bytes: so who calls sets
    /// the pace. Beside appends and reads, on any thread. Gives nothing where the extent is not held any more.
    /// </summary>
    /// <exception cref="LogDamagedException">
    /// The first record that does not read back as it was written, and all up to the next good one. It was reported and counted.
    /// </exception>
    IEnumerable<int> Check(long firstSequence);

    /// <summary>
    /// Whether a sequence that a read left out was lost for good: an operator had the log repaired, and a record in its place says so.
    /// Beside appends and reads, on any thread.
    /// </summary>
    /// <exception cref="LogDamagedException">A record read back wrong.</exception>
    bool IsLost(long sequence);
}
