namespace MessageQueue;

/// <summary>The result of reading a log with <see cref="MessageQueueLog"/>.</summary>
/// <param name="Findings">One line for each thing that is wrong, with file and sequences; empty for a sound log.</param>
/// <param name="Segments">The number of files of the log that were read and are sound.</param>
/// <param name="Records">The number of records that were read in them, within the range that was asked for.</param>
/// <param name="LastSequence">The last sequence that was read; 0 in an empty log.</param>
/// <param name="Snapshots">The number of snapshots that can be read.</param>
/// <param name="IsTorn">
/// Whether the log ends with an incomplete batch. This is not damage: the batch was never acknowledged, and the next start drops it.
/// </param>
public sealed record VerificationReport(
    IReadOnlyList<string> Findings, int Segments, long Records, long LastSequence, int Snapshots, bool IsTorn)
{
    /// <summary>Whether nothing is wrong: <see cref="Findings"/> is empty.</summary>
    public bool IsSound => Findings.Count == 0;

    /// <summary>Whether the directory is a copy that no server has started on yet: the first start gives the log a new id.</summary>
    public bool IsCopy { get; init; }
}
