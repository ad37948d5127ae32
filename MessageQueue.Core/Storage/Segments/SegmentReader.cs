using System.Buffers;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Recovery;

namespace MessageQueue.Storage.Segments;

/// <summary>
/// Finds single records. What lies between two entries of a segment's index is a block of whole records; neighbouring blocks that hold
/// something wanted are read together, so that a dense request costs few system calls and a sparse one few bytes.
/// </summary>
/// <remarks>
/// Files are opened for each call: some microseconds beside hundreds of records, and neither sealing nor trimming a segment has to ask
/// who is reading it.
/// </remarks>
/// <param name="files">The file system.</param>
/// <param name="damaged">Told of a segment that read back wrong, before that is thrown.</param>
internal sealed class SegmentReader(IFileSystem files, Action<Segment, LogDamagedException> damaged)
{
    private const int WindowBytes = 256 * 1024;

    /// <summary>Serves what the segments hold. They are in order, and may grow during the call.</summary>
    public void Read(ReadOnlySpan<Segment> segments, ref ReadRequest request)
    {
        while (request.HasNext)
        {
            int index = SortedSearch.FindExtent(segments, request.Next);
            if (index < 0 || request.Next > segments[index].LastSequence)
            {
                request.Skip();
            }
            else
            {
                try
                {
                    ReadSegment(segments[index], ref request);
                }
                catch (LogDamagedException exception)
                {
                    damaged(segments[index], exception);
                    throw;
                }
            }
        }
    }

    private void ReadSegment(Segment segment, ref ReadRequest request)
    {
        long last = segment.LastSequence;
        using IFileHandle? file = SegmentFile.TryOpen(files, segment);
        if (file is null)
        {
            request.Skip();
            return;
        }

        SparseIndex index = SegmentIndexer.Get(segment, file);
        while (request.HasNext && request.Next <= last)
        {
            ReadOnlySpan<ulong> entries = index.Entries;
            int block = index.Floor(entries, request.Next);
            long firstSequence = index.SequenceOf(entries[block]);
            long start = SparseIndex.OffsetOf(entries[block]);
            int bytes = (int)(FindEnd(segment, index, block, entries, in request) - start);
            byte[] buffer = ArrayPool<byte>.Shared.Rent(bytes);
            try
            {
                var blocks = new RecordBlocks(segment, start, firstSequence, Fill(file, buffer.AsSpan(0, bytes), segment, start, firstSequence));
                blocks.Take(ref request, last);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    /// <summary>Where to stop reading: goes on block by block while the next one holds something wanted as well.</summary>
    private static long FindEnd(
        Segment segment, SparseIndex index, int block, ReadOnlySpan<ulong> entries, in ReadRequest request)
    {
        long window = Math.Clamp(request.Room, 0, WindowBytes);
        long start = SparseIndex.OffsetOf(entries[block]);
        ReadOnlySpan<long> wanted = request.Remaining;
        int seen = 0;
        for (int next = block + 1; next < entries.Length; next++)
        {
            long nextSequence = index.SequenceOf(entries[next]);
            while (seen < wanted.Length && wanted[seen] < nextSequence)
            {
                seen++;
            }

            long afterNext = next + 1 < entries.Length ? index.SequenceOf(entries[next + 1]) : long.MaxValue;
            bool nextIsWanted = seen < wanted.Length && wanted[seen] < afterNext;
            if (!nextIsWanted || SparseIndex.OffsetOf(entries[next]) - start >= window)
            {
                // Entries of a batch that is being written lie behind the end.
                return Math.Min(SparseIndex.OffsetOf(entries[next]), segment.End);
            }
        }

        return segment.End;
    }

    private static ReadOnlySpan<byte> Fill(IFileHandle file, Span<byte> buffer, Segment segment, long offset, long firstSequence)
    {
        try
        {
            return buffer[..file.Read(buffer, offset)];
        }
        catch (IOException exception)
        {
            throw DamageMessages.Unreadable(segment.Path, offset, firstSequence, exception);
        }
    }
}
