using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.Retention;

/// <summary>Lists what may be dropped.</summary>
/// <param name="Extents">Extents, oldest first.</param>
/// <param name="Cuts">Backlogs that are too long.</param>
internal sealed record TrimPlan(IReadOnlyList<LogExtent> Extents, IReadOnlyList<BacklogCut> Cuts)
{
    private const int MaxCuts = 16_384;

    /// <summary>Whether nothing may go.</summary>
    public bool IsEmpty => Extents.Count == 0 && Cuts.Count == 0;

    /// <summary>What dropping the extents frees.</summary>
    public long Bytes => Extents.Sum(extent => extent.Bytes);

    /// <summary>
    /// The records that say so, each small enough for any log: first the backlogs, as the extents go because those are gone. Neighbours are
    /// one range, so that what a session loses of them is one gap.
    /// </summary>
    public IEnumerable<DroppedRecord> ToRecords()
    {
        BacklogCut[][] cuts = [.. Cuts.Chunk(MaxCuts)];
        foreach (BacklogCut[] chunk in cuts.SkipLast(1))
        {
            yield return new DroppedRecord([], chunk);
        }

        RangeSet ranges = new(Extents.Select(static extent => new SequenceRange(extent.FirstSequence, extent.LastSequence)));
        yield return new DroppedRecord(ranges.Items, cuts.LastOrDefault([]));
    }
}
