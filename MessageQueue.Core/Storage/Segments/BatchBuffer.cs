using System.Numerics;
using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>Encodes batches into a buffer that is reused. Not thread-safe.</summary>
internal sealed class BatchBuffer
{
    private const int InitialBytes = 64 * 1024;

    // The size of the largest ordinary batch: 1 MiB of payloads, or 8,192 records with their headers and padding.
    private const int KeptBytes = 2 * 1024 * 1024;

    private byte[] _buffer = [];

    /// <summary>The number of bytes that are kept for the next batch.</summary>
    public int Capacity => _buffer.Length;

    /// <summary>Makes room for a batch. Call it before <see cref="Encode"/>.</summary>
    public void Reserve(int bytes)
    {
        bytes += ZeroFill.PageBytes;
        if (bytes > _buffer.Length)
        {
            // Release the old buffer first, so that the old and the new one need not fit into memory together.
            _buffer = [];
            _buffer = GC.AllocateUninitializedArray<byte>(bytes > KeptBytes ? bytes : Math.Max(InitialBytes, RoundUp(bytes)));
        }
    }

    /// <summary>
    /// Returns the batch as bytes, and the padding after it, valid until the next <see cref="Reserve"/> or <see cref="Shrink"/>.
    /// </summary>
    /// <param name="batch">The entries.</param>
    /// <param name="time">The time of every record.</param>
    /// <param name="firstSequence">The sequence of the first record.</param>
    /// <param name="writer">The writer to which the batch will be written.</param>
    /// <param name="lastCrc">The checksum of the last record.</param>
    /// <param name="padding">The number of zeros after the batch.</param>
    public ReadOnlySpan<byte> Encode(
        ReadOnlySpan<LogEntry> batch, long time, long firstSequence, SegmentWriter writer, out uint lastCrc, out int padding)
    {
        Segment segment = writer.Segment;
        SparseIndex index = segment.Index!;
        int offset = 0;
        int last = 0;
        for (int i = 0; i < batch.Length; i++)
        {
            ReadOnlySpan<byte> payload = batch[i].Payload.Span;
            byte flags = i == batch.Length - 1 ? RecordHeader.LastOfBatch : (byte)0;
            var header = new RecordHeader(
                (uint)payload.Length, 0, firstSequence + i, time, writer.NextBatch, batch[i].Type, flags, batch[i].Version);

            // The batch is not durable yet, but no reader asks for these sequences before it is.
            index.AddIfSpaced(header.Sequence, writer.Position + offset);
            last = offset;
            offset += RecordCodec.Write(_buffer.AsSpan(offset), segment.Header.Salt, header, payload);
        }

        lastCrc = RecordHeader.Read(_buffer.AsSpan(last)).Crc;
        padding = writer.PaddingAfter(offset);
        _buffer.AsSpan(offset, padding).Clear();
        return _buffer.AsSpan(0, offset + padding);
    }

    /// <summary>Releases the memory that one large record needed.</summary>
    public void Shrink()
    {
        if (_buffer.Length > KeptBytes)
        {
            _buffer = [];
        }
    }

    private static int RoundUp(int bytes) => (int)BitOperations.RoundUpToPowerOf2((uint)bytes);
}
