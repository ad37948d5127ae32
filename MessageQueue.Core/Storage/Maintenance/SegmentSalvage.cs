using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;

namespace MessageQueue.Storage.Maintenance;

/// <summary>Reads whatever can still be read of a damaged segment.</summary>
internal static class SegmentSalvage
{
    /// <summary>The header, if it can be trusted: without its salt no record can be told from noise.</summary>
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

    /// <summary>Writes every record that is good, in order, and marks what is missing between them as lost.</summary>
    /// <param name="file">The damaged segment.</param>
    /// <param name="salt">Its salt.</param>
    /// <param name="lastSequence">Its last sequence; the largest there is for the last segment.</param>
    /// <param name="target">Where to.</param>
    public static void Run(IFileHandle file, uint salt, long lastSequence, RepairedSegment target)
    {
        using var window = new FileWindow(file);
        var search = new RecordSearch(file, window, salt);
        long offset = SegmentHeader.Bytes;

        // No segment has more records than this: a larger number is one of another place.
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
                // What the device does not give ends the search: there is no telling how much behind it is like that.
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
