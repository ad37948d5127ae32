using System.Buffers;

namespace MessageQueue.Storage.Files;

/// <summary>Reads a file through a large buffer that moves forward: one system call for thousands of records.</summary>
internal sealed class FileWindow(IFileHandle file) : IDisposable
{
    private const int WindowBytes = 512 * 1024;

    private byte[] _buffer = [];
    private long _start;
    private int _count;

    /// <summary>The length of the file when this window was created.</summary>
    public long Length { get; } = file.Length;

    /// <summary>
    /// Where the bytes begin that stay in the buffer when it moves forward; it grows if they are many. <see cref="long.MaxValue"/>, the
    /// default, for none.
    /// </summary>
    public long KeepFrom { get; set; } = long.MaxValue;

    /// <summary>Returns these bytes, which must lie within <see cref="Length"/>. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Get(long offset, int count)
    {
        if (offset < _start || offset + count > _start + _count)
        {
            Load(offset, count);
        }

        return _buffer.AsSpan((int)(offset - _start), count);
    }

    /// <inheritdoc cref="Get" />
    public ReadOnlyMemory<byte> GetMemory(long offset, int count)
    {
        Get(offset, count);
        return _buffer.AsMemory((int)(offset - _start), count);
    }

    /// <summary>Returns the next bytes that are in the buffer, at least one; empty at the end of the file.</summary>
    public ReadOnlySpan<byte> GetSome(long offset)
    {
        if (offset >= Length)
        {
            return [];
        }

        Get(offset, 1);
        return _buffer.AsSpan((int)(offset - _start), (int)(_start + _count - offset));
    }

    /// <summary>Returns the offset of the first byte that is not zero; the length of the file if all are.</summary>
    public long SkipZeros(long offset)
    {
        while (true)
        {
            ReadOnlySpan<byte> some = GetSome(offset);
            int index = some.IndexOfAnyExcept((byte)0);
            if (index >= 0)
            {
                return offset + index;
            }

            if (some.IsEmpty)
            {
                return Length;
            }

            offset += some.Length;
        }
    }

    public void Dispose()
    {
        Return();
        _count = 0;
    }

    private void Load(long offset, int count)
    {
        long start = Math.Min(offset, KeepFrom);
        int kept = start >= _start ? (int)Math.Max(0, _start + _count - start) : 0;

        // Twice what is kept, so that keeping much does not mean to copy it again and again.
        long wanted = Math.Max(WindowBytes, Math.Max(offset - start + count, 2 * (offset - start)));
        int bytes = (int)Math.Min(wanted, Length - start);
        MoveTo(start, kept, bytes);
        int read = file.Read(_buffer.AsSpan(kept, bytes - kept), start + kept);
        if (start + kept + read < offset + count)
        {
            throw new EndOfStreamException($"The file ended at {start + kept + read}, but was {Length} bytes long when it was opened.");
        }

        _count = kept + read;
    }

    // Empty until the read has succeeded.
    private void MoveTo(long start, int kept, int bytes)
    {
        byte[] before = _buffer;
        if (before.Length < bytes)
        {
            _buffer = ArrayPool<byte>.Shared.Rent(bytes);
        }

        if (kept > 0)
        {
            Buffer.BlockCopy(before, (int)(start - _start), _buffer, 0, kept);
        }

        if (before != _buffer && before.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(before);
        }

        _start = start;
        _count = 0;
    }

    private void Return()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }
}
