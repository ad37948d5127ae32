using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.Retention;

/// <summary>
/// Decides what retention drops. It uses a state that was folded from the log, so that only acknowledgements in the log count: a restart
/// must not need what was dropped.
/// </summary>
internal sealed class TrimPlanner(RetentionLimits limits)
{
    /// <summary>Returns the plan.</summary>
    /// <param name="state">The state at a sequence of the log.</param>
    /// <param name="extents">The sealed extents, oldest first. Those that end after the state are kept.</param>
    /// <param name="now">The current time in milliseconds since the Unix epoch.</param>
    public TrimPlan Plan(ServerState state, IReadOnlyList<LogExtent> extents, long now)
    {
        LogExtent[] held = [.. extents.Where(extent => !state.Dropped.Covers(extent.FirstSequence, extent.LastSequence))];
        LogExtent[] candidates = [.. held.TakeWhile(extent => extent.LastSequence <= state.Head)];
        IReadOnlyList<BacklogCut> cuts = new BacklogLimit(limits.MaxBacklogPerSession).Find(state);
        bool[] live = new LiveExtents(candidates, cuts).Find(state);

        long bytes = held.Sum(extent => extent.Bytes);
        long oldestByAge = limits.MaxLogAge == Timeout.InfiniteTimeSpan ? long.MinValue : now - (long)limits.MaxLogAge.TotalMilliseconds;
        bool[] goes = new bool[candidates.Length];
        long newer = bytes;
        for (int i = 0; i < candidates.Length; i++)
        {
            newer -= candidates[i].Bytes;
            bool isHistory = newer < limits.MinHistoryBytes || candidates[i].LastTime > now - (long)limits.MinHistoryAge.TotalMilliseconds;
            goes[i] = candidates[i].LastTime < oldestByAge || (!live[i] && !isHistory);
            bytes -= goes[i] ? candidates[i].Bytes : 0;
        }

        // The oldest are dropped first, even if events in them are pending.
        for (int i = 0; i < candidates.Length && limits.MaxLogBytes > 0 && bytes > limits.MaxLogBytes; i++)
        {
            bytes -= goes[i] ? 0 : candidates[i].Bytes;
            goes[i] = true;
        }

        return new TrimPlan([.. candidates.Where((_, i) => goes[i])], cuts);
    }

    /// <summary>Returns whether the log is too large or too old, so that a pass is worth it.</summary>
    public bool IsExceeded(IReadOnlyList<LogExtent> extents, long now) =>
        (limits.MaxLogBytes > 0 && extents.Sum(extent => extent.Bytes) > limits.MaxLogBytes)
        || (limits.MaxLogAge != Timeout.InfiniteTimeSpan
            && extents.Any(extent => extent.LastTime < now - (long)limits.MaxLogAge.TotalMilliseconds));
}
