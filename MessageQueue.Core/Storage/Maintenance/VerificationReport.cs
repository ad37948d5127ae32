namespace MessageQueue.Storage.Maintenance;

/// <summary>Reports what was found in a log.</summary>
/// <param name="Findings">What is wrong, a line each; none for a sound log.</param>
/// <param name="Segments">The sound segments.</param>
/// <param name="Records">The records in them that were asked for.</param>
/// <param name="LastSequence">The last sequence in them.</param>
/// <param name="Snapshots">The snapshots that can be read.</param>
/// <param name="IsTorn">Whether the log ends in a batch that is not whole: nothing is wrong with that, the next start drops it.</param>
internal sealed record VerificationReport(
    IReadOnlyList<string> Findings, int Segments, long Records, long LastSequence, int Snapshots, bool IsTorn)
{
    /// <summary>Whether this is a copy that was not started yet: the first start gives the log a new id.</summary>
    public bool IsCopy { get; init; }
}
