using System.Buffers;
using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>
/// Reads the segments, beside the writer. The bytes between two entries of a segment's index are a block of whole records. Neighbouring
/// blocks with requested records are read together, so that a dense request needs few system calls and a sparse one reads few bytes.
/// </summary>
/// <remarks>
/// Files are opened for each call. That costs some microseconds for hundreds of records, and so neither sealing nor dropping a segment has
/// to wait for readers.
/// </remarks>
/// <param name="files">The file system.</param>
/// <param name="damaged">Called with a segment that did not read back as it was written, before the exception is thrown.</param>
internal sealed class SegmentReader(IFileSystem files, Action<Segment, LogDamagedException> damaged)
{
    private const int WindowBytes = 256 * 1024;

    /// <summary>Reads single records that the segments hold. The segments are in order, and may grow during the call.</summary>
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

    /// <summary>Reads a range in order, in large windows. Of each segment, reads only what was durable when the read reached it.</summary>
    public void Replay(ReadOnlySpan<Segment> segments, long after, long upTo, Action<LogRecord> apply)
    {
        for (int i = Math.Max(SortedSearch.FindExtent(segments, after), 0); i < segments.Length; i++)
        {
            Segment segment = segments[i];
            long last = Math.Min(upTo, segment.LastSequence);
            if (last > after && last >= segment.FirstSequence)
            {
                ReplaySegment(segment, after, last, apply);
            }
        }
    }

    /// <summary>Returns whether a repair replaced the record with a mark that it is lost.</summary>
    public bool IsLost(ReadOnlySpan<Segment> segments, long sequence)
    {
        int index = SortedSearch.FindExtent(segments, sequence);
        if (index < 0 || sequence > segments[index].LastSequence)
        {
            return false;
        }

        Segment segment = segments[index];
        using IFileHandle? file = segment.TryOpen(files);
        if (file is null)
        {
            return false;
        }

        (long first, long offset) = SegmentIndexer.Get(segment, file).Locate(sequence);
        using var window = new FileWindow(file);
        var walk = new SegmentWalk(segment, window, first, offset);
        while (walk.NextSequence <= sequence)
        {
            walk.MoveNext(out _);
        }

        return walk.Header.Type == RecordHeader.LostType;
    }

    private void ReplaySegment(Segment segment, long after, long last, Action<LogRecord> apply)
    {
        using IFileHandle? file = segment.TryOpen(files);
        if (file is null)
        {
            return;
        }

        using var window = new FileWindow(file);
        (long first, long offset) = segment.Index?.Locate(after + 1) ?? (segment.FirstSequence, SegmentHeader.Bytes);
        var walk = new SegmentWalk(segment, window, first, offset);
        while (walk.NextSequence <= last)
        {
            walk.MoveNext(out ReadOnlySpan<byte> record);
            if (walk.Header.Sequence > after && !walk.Header.IsOwn)
            {
                apply(RecordCodec.View(walk.Header, window.GetMemory(walk.RecordOffset, record.Length)));
            }
        }
    }

    private void ReadSegment(Segment segment, ref ReadRequest request)
    {
        long last = segment.LastSequence;
        using IFileHandle? file = segment.TryOpen(files);
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
                var blocks = new RecordBlocks(
                    segment, start, firstSequence, Fill(file, buffer.AsSpan(0, bytes), segment, start, firstSequence));
                blocks.Take(ref request, last);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    /// <summary>Returns where to stop reading: the end of the last block in a row that has a requested record.</summary>
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
                // Entries of a batch that is being written lie after the end.
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
