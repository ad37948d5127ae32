using System.Buffers;
using System.Text;
using MessageQueue.Storage;

namespace MessageQueue.Snapshots;

/// <summary>Writes the values of a snapshot to a stream, through a small buffer. Keep in sync with docs/snapshot-format.md.</summary>
internal sealed class SnapshotWriter(Stream stream)
{
    // Small compared to any state, large compared to the cost of a write.
    private const int BufferBytes = 64 << 10;
    private const int MaxNumberBytes = 10;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _used;

    /// <summary>Writes a byte.</summary>
    public void Byte(byte value)
    {
        MakeRoom(1);
        _buffer[_used++] = value;
    }

    /// <summary>
    /// Writes a number that is not negative: seven bits per byte, the lowest first, the high bit set on all but the last.
    /// </summary>
    public void Number(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        MakeRoom(MaxNumberBytes);
        while (value > 0x7F)
        {
            _buffer[_used++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _buffer[_used++] = (byte)value;
    }

    /// <summary>Writes the length in bytes as a number, then the UTF-8.</summary>
    public void Text(string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        Number(length);
        byte[] utf8 = ArrayPool<byte>.Shared.Rent(length);
        Encoding.UTF8.GetBytes(value, utf8);
        Bytes(utf8.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(utf8);
    }

    /// <summary>Writes the count, then each sequence as its distance from the one before, the first from 0.</summary>
    public void Ascending(IReadOnlyList<long> sequences)
    {
        Number(sequences.Count);
        long last = 0;
        for (int i = 0; i < sequences.Count; i++)
        {
            Number(sequences[i] - last);
            last = sequences[i];
        }
    }

    /// <summary>
    /// Writes the count, then each range as its distance from the last sequence of the one before and its length less one.
    /// </summary>
    public void Ranges(IReadOnlyList<SequenceRange> ranges)
    {
        Number(ranges.Count);
        long last = 0;
        foreach (SequenceRange range in ranges)
        {
            Number(range.First - last);
            Number(range.Last - range.First);
            last = range.Last;
        }
    }

    /// <summary>Writes the rest of the buffer to the stream. Call once, at the end.</summary>
    public void Finish()
    {
        stream.Write(_buffer, 0, _used);
        _used = 0;
    }

    private void Bytes(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            MakeRoom(1);
            int count = Math.Min(bytes.Length, BufferBytes - _used);
            bytes[..count].CopyTo(_buffer.AsSpan(_used));
            _used += count;
            bytes = bytes[count..];
        }
    }

    private void MakeRoom(int bytes)
    {
        if (_used + bytes > BufferBytes)
        {
            Finish();
        }
    }
}
