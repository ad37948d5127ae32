using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments.Recovery;

/// <summary>Decides whether the end of a segment is as it was written, torn or damaged.</summary>
internal static class SegmentEnd
{
    /// <summary>Checks the end of a segment that is not the last one. A later segment exists, so all of this one had been synced.</summary>
    /// <exception cref="LogDamagedException">The segment does not end with a whole batch.</exception>
    public static void CheckSealed(Segment segment, SegmentReplay replay, IFileHandle file, FileWindow window, long nextFirstSequence)
    {
        try
        {
            // A sealed segment is truncated. If the process ended before that, the zeros that filled it in advance follow.
            if (!segment.IsEmpty && replay.StoppedAt == segment.End && window.SkipZeros(segment.End) == window.Length)
            {
                return;
            }

            var search = new RecordSearch(file, window, segment.Header.Salt);
            RecordHeader? good = search.FindNext(
                replay.StoppedAt, header => header.Sequence > replay.StoppedAtSequence && header.Sequence < nextFirstSequence, out _);
            throw DamageMessages.OfRecords(
                segment.Path, replay.StoppedAt, replay.StoppedAtSequence, (good?.Sequence ?? nextFirstSequence) - 1,
                "the record there is bad or missing, and a later segment proves that it had been synced");
        }
        catch (IOException exception)
        {
            throw DamageMessages.Unreadable(segment.Path, replay.StoppedAt, replay.StoppedAtSequence, exception);
        }
    }

    /// <summary>
    /// Checks the end of the last segment. At most one batch is ever unsynced, so bytes after the last good record are a torn write of that
    /// batch. But if anything proves that the batch had been synced, they are damage.
    /// </summary>
    /// <returns>Whether bytes other than zeros follow the last whole batch, which must be dropped.</returns>
    /// <exception cref="LogDamagedException">Synced records cannot be read.</exception>
    public static bool CheckLast(Segment segment, SegmentReplay replay, IFileHandle file, FileWindow window)
    {
        if (replay.StoppedAtMisplaced)
        {
            throw DamageMessages.OfRecords(
                segment.Path, replay.StoppedAt, replay.StoppedAtSequence, replay.StoppedAtSequence,
                "an intact record of another place is there");
        }

        try
        {
            var search = new RecordSearch(file, window, segment.Header.Salt);
            if (search.FindNext(replay.StoppedAt, header => IsProof(segment, replay, header), out _) is { } proof)
            {
                throw DamageMessages.OfRecords(
                    segment.Path, replay.StoppedAt, replay.StoppedAtSequence, proof.Sequence - 1,
                    $"the record there is bad, and sequence {proof.Sequence} behind it is good, "
                    + "so it had been synced and this is no torn write");
            }

            if (search.IsExhausted)
            {
                throw DamageMessages.OfRecords(
                    segment.Path, replay.StoppedAt, replay.StoppedAtSequence, replay.StoppedAtSequence,
                    "the record there is bad, and too much behind it looks like records to tell whether it had been synced");
            }

            return window.SkipZeros(segment.End) < window.Length;
        }
        catch (IOException exception)
        {
            throw DamageMessages.Unreadable(segment.Path, replay.StoppedAt, replay.StoppedAtSequence, exception);
        }
    }

    /// <summary>
    /// Returns whether a record proves that the batch had been synced. A record of a later batch does, if each batch was synced before the
    /// next. If not, only the mark of a clean close does, because it is synced in every case.
    /// </summary>
    private static bool IsProof(Segment segment, SegmentReplay replay, in RecordHeader header) =>
        header.Batch > replay.StoppedInBatch
        && header.Sequence > replay.StoppedAtSequence
        && (segment.Header.SyncedByBatch || header.Type == RecordHeader.MarkType);
}
