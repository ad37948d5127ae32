using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.Retention;

/// <summary>What may be dropped.</summary>
/// <param name="Extents">The extents that may be dropped, oldest first.</param>
/// <param name="Cuts">The pending events that are dropped because a session has too many.</param>
internal sealed record TrimPlan(IReadOnlyList<LogExtent> Extents, IReadOnlyList<BacklogCut> Cuts)
{
    private const int MaxCuts = 16_384;

    /// <summary>Whether nothing may be dropped.</summary>
    public bool IsEmpty => Extents.Count == 0 && Cuts.Count == 0;

    /// <summary>How many bytes dropping the extents frees.</summary>
    public long Bytes => Extents.Sum(extent => extent.Bytes);

    /// <summary>
    /// Returns the records of the drop, each small enough for any log. The cuts come first, because some extents may be dropped only after
    /// them. Adjacent extents are one range, so that a session that loses events in them gets one gap.
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
