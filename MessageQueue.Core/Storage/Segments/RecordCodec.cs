using System.Buffers.Binary;
using System.Numerics;
using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>Records as bytes. Keep in sync with docs/log-format.md.</summary>
internal static class RecordCodec
{
    /// <summary>The bytes of a record with a payload of this length, padding included.</summary>
    public static int SizeOf(int payloadBytes) => checked(RecordHeader.Bytes + ((payloadBytes + 7) & ~7));

    /// <summary>Returns the bytes of a batch as records.</summary>
    /// <exception cref="ArgumentException">They are more than <paramref name="maxBytes"/>.</exception>
    public static int SizeOf(ReadOnlySpan<LogEntry> batch, int maxBytes)
    {
        long bytes = 0;
        foreach (ref readonly LogEntry entry in batch)
        {
            bytes += SizeOf(entry.Payload.Length);
        }

        return bytes <= maxBytes
            ? (int)bytes
            : throw new ArgumentException($"The batch takes {bytes} bytes, and at most {maxBytes} are taken.", nameof(batch));
    }

    /// <summary>
    /// Writes one record, its checksum and its padding, and returns its bytes. The checksum in <paramref name="header"/> is not used.
    /// </summary>
    public static int Write(Span<byte> target, uint salt, in RecordHeader header, ReadOnlySpan<byte> payload)
    {
        Span<byte> record = target[..SizeOf(payload.Length)];
        header.Write(record);
        payload.CopyTo(record[RecordHeader.Bytes..]);
        record[(RecordHeader.Bytes + payload.Length)..].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(record[RecordHeader.CrcOffset..], Checksum(record, salt));
        return record.Length;
    }

    /// <summary>
    /// The checksum over all of a record but the checksum itself. The salt keeps a record of another segment, or one that a client wrote
    /// into its payload, from ever passing for one of this segment.
    /// </summary>
    public static uint Checksum(ReadOnlySpan<byte> record, uint salt) => Crc32C.Append(BeginChecksum(record, salt), record[8..]);

    /// <summary>The checksum over what stands before the checksum's own field; to be carried on from byte 8.</summary>
    public static uint BeginChecksum(ReadOnlySpan<byte> record, uint salt) =>
        BitOperations.Crc32C(salt, BinaryPrimitives.ReadUInt32LittleEndian(record));

    /// <summary>The record for the caller, with a payload of its own that outlives every buffer.</summary>
    public static LogRecord ToRecord(in RecordHeader header, ReadOnlySpan<byte> record)
    {
        ReadOnlyMemory<byte> payload = header.Length == 0
            ? ReadOnlyMemory<byte>.Empty
            : record.Slice(RecordHeader.Bytes, (int)header.Length).ToArray();
        return new LogRecord(header.Sequence, header.Time, header.Type, header.Version, payload);
    }
}
