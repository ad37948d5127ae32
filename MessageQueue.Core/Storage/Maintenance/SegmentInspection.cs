using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Storage.Segments.Recovery;

namespace MessageQueue.Storage.Maintenance;

/// <summary>The result of reading a whole segment as a start without a snapshot would: every record is checked.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="IsTorn">Whether an incomplete batch follows, which a start would drop.</param>
/// <param name="FileBytes">The length of the file.</param>
internal readonly record struct SegmentInspection(Segment Segment, bool IsTorn, long FileBytes)
{
    /// <param name="file">The segment's file.</param>
    /// <param name="path">Its path.</param>
    /// <param name="name">Its first sequence.</param>
    /// <param name="lastSequence">Its last sequence; null for the last segment, whose end is not known in advance.</param>
    /// <param name="chain">The segments before it.</param>
    /// <param name="after">Records after this sequence are passed on.</param>
    /// <param name="apply">Receives each record.</param>
    /// <exception cref="LogDamagedException">The segment is damaged. Records before the damage were passed on.</exception>
    public static SegmentInspection Run(
        IFileHandle file, string path, long name, long? lastSequence, SegmentChain chain, long after, Action<LogRecord> apply)
    {
        using var window = new FileWindow(file);
        var segment = new Segment(path, chain.ReadHeader(name, window), new SparseIndex(name));
        var replay = new SegmentReplay(segment, window, after);
        replay.Run(apply);
        bool isTorn = false;
        if (lastSequence is { } last)
        {
            SegmentEnd.CheckSealed(segment, replay, file, window, last + 1);
        }
        else
        {
            isTorn = SegmentEnd.CheckLast(segment, replay, file, window);
        }

        return new SegmentInspection(segment, isTorn, window.Length);
    }
}
