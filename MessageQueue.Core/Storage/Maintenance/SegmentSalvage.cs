using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;

namespace MessageQueue.Storage.Maintenance;

/// <summary>Reads the records of a damaged segment that can still be read.</summary>
internal static class SegmentSalvage
{
    /// <summary>
    /// Reads the header; returns null if it cannot be trusted. Without its salt, a record cannot be told apart from random bytes.
    /// </summary>
    public static SegmentHeader? TryReadHeader(IFileHandle file, Guid storeId, long name)
    {
        try
        {
            byte[] block = new byte[SegmentHeader.Bytes];
            bool isWhole = file.Read(block, 0) == block.Length && SegmentHeader.TryDecode(block, out SegmentHeader header) is null
                && header.StoreId == storeId && header.FirstSequence == name;
            return isWhole ? Decode(block) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Writes every good record, in order, and marks the records between them as lost.</summary>
    /// <param name="file">The damaged segment.</param>
    /// <param name="salt">Its salt.</param>
    /// <param name="lastSequence">Its last sequence; <see cref="long.MaxValue"/> for the last segment.</param>
    /// <param name="target">The segment to write to.</param>
    public static void Run(IFileHandle file, uint salt, long lastSequence, RepairedSegment target)
    {
        using var window = new FileWindow(file);
        var search = new RecordSearch(file, window, salt);
        long offset = SegmentHeader.Bytes;

        // No segment has more records than this. A larger number is from a record of another place.
        long largest = Math.Min(lastSequence, target.NextSequence + (window.Length / RecordHeader.Bytes));
        while (true)
        {
            long wanted = target.NextSequence;
            RecordHeader? found;
            long start;
            try
            {
                found = search.FindNext(offset, header => header.Sequence >= wanted && header.Sequence <= largest, out start);
            }
            catch (IOException)
            {
                // A read error of the device ends the search, because nobody knows how much after it is unreadable too.
                return;
            }

            if (found is not { } header)
            {
                return;
            }

            target.AddLost(header.Sequence - 1);
            ReadOnlySpan<byte> bytes = window.Get(start, (int)header.RecordBytes);
            if (header.IsOwn)
            {
                target.AddOwn();
            }
            else
            {
                target.Add(RecordCodec.ToRecord(header, bytes));
            }

            offset = start + header.RecordBytes;
        }
    }

    private static SegmentHeader Decode(ReadOnlySpan<byte> block)
    {
        SegmentHeader.TryDecode(block, out SegmentHeader header);
        return header;
    }
}
