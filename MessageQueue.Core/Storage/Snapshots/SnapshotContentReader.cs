using System.Buffers.Binary;
using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Snapshots;

/// <summary>Reads the content of a snapshot. Checks every block before it returns a byte of it.</summary>
/// <param name="file">The file.</param>
/// <param name="path">Its path.</param>
/// <param name="header">Its header.</param>
/// <param name="ownsFile">Whether disposing this closes the file.</param>
internal sealed class SnapshotContentReader(IFileHandle file, string path, SnapshotHeader header, bool ownsFile) : Stream
{
    private readonly byte[] _block = new byte[SnapshotBlocks.Bytes];
    private uint _crc = header.Salt;
    private long _blocks;
    private int _start;
    private int _end;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => header.Length;

    public override long Position
    {
        get => (_blocks * SnapshotBlocks.ContentBytes) - (_end - _start);
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (_start == _end && !TryReadBlock())
        {
            return 0;
        }

        int count = Math.Min(buffer.Length, _end - _start);
        _block.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    /// <summary>Reads and checks everything once, and goes back to the start.</summary>
    /// <exception cref="LogDamagedException">A part of the snapshot is damaged.</exception>
    public void CheckAll()
    {
        while (TryReadBlock())
        {
        }

        _crc = header.Salt;
        _blocks = 0;
        _start = _end = 0;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (ownsFile)
        {
            file.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool TryReadBlock()
    {
        int content = (int)Math.Min(SnapshotBlocks.ContentBytes, header.Length - (_blocks * SnapshotBlocks.ContentBytes));
        if (content <= 0)
        {
            return false;
        }

        long offset = SnapshotBlocks.OffsetOf(_blocks);
        try
        {
            if (file.Read(_block.AsSpan(0, content + SnapshotBlocks.CrcBytes), offset) < content + SnapshotBlocks.CrcBytes)
            {
                throw DamageMessages.OfSnapshot(path, offset, header.Sequence, "it ends there");
            }
        }
        catch (IOException exception)
        {
            throw DamageMessages.OfSnapshot(path, offset, header.Sequence, "it cannot be read: " + exception.Message, exception);
        }

        _crc = SnapshotBlocks.Checksum(_crc, _block.AsSpan(0, content));
        if (_crc != BinaryPrimitives.ReadUInt32LittleEndian(_block.AsSpan(content)))
        {
            throw DamageMessages.OfSnapshot(path, offset, header.Sequence, "the block's checksum is wrong");
        }

        _blocks++;
        _start = 0;
        _end = content;
        return true;
    }
}
