using System.Buffers.Binary;
using System.Numerics;
using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>Encodes and decodes records. Keep in sync with docs/log-format.md.</summary>
internal static class RecordCodec
{
    /// <summary>Returns the size of a record with a payload of this length, including padding.</summary>
    public static int SizeOf(int payloadBytes) => checked(RecordHeader.Bytes + ((payloadBytes + 7) & ~7));

    /// <summary>Returns the size of a batch as records, in bytes.</summary>
    /// <exception cref="ArgumentException">The size is more than <paramref name="maxBytes"/>.</exception>
    public static int SizeOf(ReadOnlySpan<LogEntry> batch, int maxBytes)
    {
        long bytes = 0;
        foreach (ref readonly LogEntry entry in batch)
        {
            bytes += SizeOf(entry.Payload.Length);
        }

        return bytes <= maxBytes
            ? (int)bytes
            : throw new ArgumentException($"The batch takes {bytes} bytes, and at most {maxBytes} are allowed.", nameof(batch));
    }

    /// <summary>
    /// Writes one record with its checksum and padding, and returns its size. The checksum in <paramref name="header"/> is ignored.
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
    /// Returns the checksum over all of a record except the checksum itself. Because of the salt, a record of another segment, or one that
    /// a client wrote into its payload, can never be taken for a record of this segment.
    /// </summary>
    public static uint Checksum(ReadOnlySpan<byte> record, uint salt) => Crc32C.Append(BeginChecksum(record, salt), record[8..]);

    /// <summary>Returns the checksum over the bytes before the checksum field. Continue it from byte 8.</summary>
    public static uint BeginChecksum(ReadOnlySpan<byte> record, uint salt) =>
        BitOperations.Crc32C(salt, BinaryPrimitives.ReadUInt32LittleEndian(record));

    /// <summary>Returns the record with its payload where it is: valid as long as these bytes are.</summary>
    public static LogRecord View(in RecordHeader header, ReadOnlyMemory<byte> record) => new(
        header.Sequence, header.Time, header.Type, header.Version, record.Slice(RecordHeader.Bytes, (int)header.Length));

    /// <summary>Returns the record with a copy of its payload, so that it does not depend on any buffer.</summary>
    public static LogRecord ToRecord(in RecordHeader header, ReadOnlySpan<byte> record)
    {
        ReadOnlyMemory<byte> payload = header.Length == 0
            ? ReadOnlyMemory<byte>.Empty
            : record.Slice(RecordHeader.Bytes, (int)header.Length).ToArray();
        return new LogRecord(header.Sequence, header.Time, header.Type, header.Version, payload);
    }
}
