using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>Turns a temporary file into a segment, whose content and name are durable before the first record is written.</summary>
internal sealed class SegmentStarter(
    IFileSystem files, StorePaths paths, Guid storeId, int segmentBytes, Durability durability, TimeProvider time)
{
    /// <param name="prepared">The temporary file. The returned writer owns it.</param>
    /// <param name="firstSequence">The sequence of the first record to be written.</param>
    /// <param name="previous">The segment before it; none for the first.</param>
    public SegmentWriter Start(PreparedFile prepared, long firstSequence, SegmentLink previous)
    {
        try
        {
            var header = new SegmentHeader(
                storeId,
                firstSequence,
                time.GetUtcNow().ToUnixTimeMilliseconds(),
                SegmentHeader.NewSalt(),
                durability == Durability.Fsync,
                previous);
            prepared.File.Write(header.Encode(), 0);
            prepared.File.Sync();
            string path = paths.Segment(firstSequence);
            files.Rename(paths.NextSegment, path);
            files.SyncDirectory(paths.Segments);
            return new SegmentWriter(prepared, new Segment(path, header, new SparseIndex(firstSequence)), segmentBytes);
        }
        catch
        {
            prepared.File.Dispose();
            throw;
        }
    }
}
