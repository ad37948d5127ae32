using System.Buffers.Binary;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;

namespace MessageQueue.Storage.Snapshots;

/// <summary>Writes the content of a snapshot as it arrives, and its header at the end.</summary>
internal sealed class SnapshotContentWriter(IFileHandle file, Guid storeId, long sequence) : Stream
{
    private readonly byte[] _block = new byte[SnapshotBlocks.Bytes];
    private readonly uint _salt = SegmentHeader.NewSalt();
    private uint? _crc;
    private long _blocks;
    private int _count;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => (_blocks * SnapshotBlocks.ContentBytes) + _count;

    public override long Position
    {
        get => Length;
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int count = Math.Min(buffer.Length, SnapshotBlocks.ContentBytes - _count);
            buffer[..count].CopyTo(_block.AsSpan(_count));
            buffer = buffer[count..];
            _count += count;
            if (_count == SnapshotBlocks.ContentBytes)
            {
                WriteBlock();
                _blocks++;
                _count = 0;
            }
        }
    }

    /// <summary>Does nothing: a snapshot counts only when all of it is durable.</summary>
    public override void Flush()
    {
    }

    /// <summary>Writes the rest and the header, and syncs.</summary>
    public void Complete()
    {
        long length = Length;
        if (_count > 0)
        {
            WriteBlock();
        }

        file.Write(new SnapshotHeader(storeId, sequence, length, _salt).Encode(), 0);
        file.Sync();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void WriteBlock()
    {
        uint crc = SnapshotBlocks.Checksum(_crc ?? _salt, _block.AsSpan(0, _count));
        _crc = crc;
        BinaryPrimitives.WriteUInt32LittleEndian(_block.AsSpan(_count), crc);
        file.Write(_block.AsSpan(0, _count + SnapshotBlocks.CrcBytes), SnapshotBlocks.OffsetOf(_blocks));
    }
}
