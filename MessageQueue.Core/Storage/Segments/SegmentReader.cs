using System.Buffers;

namespace MessageQueue.Storage.Segments;

/// <summary>
/// Finds single records. What lies between two entries of a segment's index is a block of whole records; neighbouring blocks that hold
/// something wanted are read together, so that a dense request costs few system calls and a sparse one few bytes.
/// </summary>
/// <remarks>
/// Files are opened for each call: some microseconds beside hundreds of records, and neither sealing nor trimming a segment has to ask
/// who is reading it.
/// </remarks>
internal sealed class SegmentReader(IFileSystem files)
{
    private const int WindowBytes = 256 * 1024;

    /// <summary>Serves what the segments hold. They are in order, and may grow during the call.</summary>
    public void Read(ReadOnlySpan<Segment> segments, ref ReadRequest request)
    {
        while (request.HasNext)
        {
            int index = Find(segments, request.Next);
            if (index < 0 || request.Next > segments[index].LastSequence)
            {
                request.Skip();
            }
            else
            {
                ReadSegment(segments[index], ref request);
            }
        }
    }

    /// <summary>The last segment that does not begin behind the sequence; -1 if there is none.</summary>
    private static int Find(ReadOnlySpan<Segment> segments, long sequence)
    {
        int low = 0;
        int high = segments.Length;
        while (low < high)
        {
            int middle = (int)(((uint)low + (uint)high) >> 1);
            if (segments[middle].FirstSequence <= sequence)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }

    private void ReadSegment(Segment segment, ref ReadRequest request)
    {
        long last = segment.LastSequence;
        using IFileHandle file = files.Open(segment.Path, writable: false);
        while (request.HasNext && request.Next <= last)
        {
            ReadOnlySpan<ulong> entries = segment.Index.Entries;
            int block = segment.Index.Floor(entries, request.Next);
            long firstSequence = segment.Index.SequenceOf(entries[block]);
            long start = SparseIndex.OffsetOf(entries[block]);
            int bytes = (int)(FindEnd(segment, entries, block, in request) - start);
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
    private static long FindEnd(Segment segment, ReadOnlySpan<ulong> entries, int block, in ReadRequest request)
    {
        long window = Math.Clamp(request.Room, 0, WindowBytes);
        long start = SparseIndex.OffsetOf(entries[block]);
        ReadOnlySpan<long> wanted = request.Remaining;
        int seen = 0;
        for (int next = block + 1; next < entries.Length; next++)
        {
            long nextSequence = segment.Index.SequenceOf(entries[next]);
            while (seen < wanted.Length && wanted[seen] < nextSequence)
            {
                seen++;
            }

            long afterNext = next + 1 < entries.Length ? segment.Index.SequenceOf(entries[next + 1]) : long.MaxValue;
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
            throw Damage.Unreadable(segment.Path, offset, firstSequence, exception);
        }
    }
}
