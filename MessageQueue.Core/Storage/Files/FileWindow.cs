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

    /// <summary>Returns these bytes, which must lie within <see cref="Length"/>. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Get(long offset, int count)
    {
        if (offset < _start || offset + count > _start + _count)
        {
            Load(offset, count);
        }

        return _buffer.AsSpan((int)(offset - _start), count);
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
        int wanted = (int)Math.Min(Math.Max(WindowBytes, count), Length - offset);
        if (_buffer.Length < wanted)
        {
            Return();
            _buffer = ArrayPool<byte>.Shared.Rent(wanted);
        }

        _start = offset;
        _count = 0;
        int read = file.Read(_buffer.AsSpan(0, wanted), offset);
        if (read < count)
        {
            throw new EndOfStreamException($"The file ended at {offset + read}, but was {Length} bytes long when it was opened.");
        }

        _count = read;
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
