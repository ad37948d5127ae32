using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>Starts segments: a temporary file becomes one, durable in content and name before the first record is written.</summary>
internal sealed class SegmentStarter(
    IFileSystem files, StorePaths paths, Guid storeId, int segmentBytes, Durability durability, TimeProvider time)
{
    /// <param name="prepared">The temporary file. Belongs to the writer that is returned.</param>
    /// <param name="firstSequence">The sequence of the record to come.</param>
    /// <param name="previous">The segment before; none for the first.</param>
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
