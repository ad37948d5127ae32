using System.Buffers;

namespace MessageQueue.Transport;

/// <summary>
/// Builds one frame at a time: the payload is written first, then the header is put in front of it, without moving the payload. Not
/// thread-safe.
/// </summary>
internal sealed class FrameBuilder : IBufferWriter<byte>
{
    // After a frame larger than this, the large buffer is released.
    private const int KeptBytes = 64 << 10;
    private const int InitialBytes = 512;

    private byte[] _buffer = new byte[InitialBytes];
    private int _end = WebSocketFrame.MaxHeaderBytes;

    /// <inheritdoc />
    public void Advance(int count) => _end += count;

    /// <inheritdoc />
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsMemory(_end);
    }

    /// <inheritdoc />
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsSpan(_end);
    }

    /// <summary>Returns the whole text frame, which is valid until the next payload is written. The builder is empty afterwards.</summary>
    public ReadOnlySpan<byte> FinishText() => Finish(isBinary: false);

    /// <summary>Returns the payload as a binary frame; otherwise as <see cref="FinishText"/>.</summary>
    public ReadOnlySpan<byte> FinishBinary() => Finish(isBinary: true);

    private ReadOnlySpan<byte> Finish(bool isBinary)
    {
        int length = _end - WebSocketFrame.MaxHeaderBytes;
        byte[] buffer = _buffer;
        int start = WebSocketFrame.MaxHeaderBytes - WebSocketFrame.HeaderBytes(length);
        WebSocketFrame.WriteHeader(buffer.AsSpan(start), length, isBinary);
        Span<byte> frame = buffer.AsSpan(start, _end - start);
        _end = WebSocketFrame.MaxHeaderBytes;
        if (buffer.Length > KeptBytes)
        {
            _buffer = new byte[InitialBytes];
        }

        return frame;
    }

    private void MakeRoom(int sizeHint)
    {
        int needed = _end + Math.Max(sizeHint, 1);
        if (needed > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(needed, _buffer.Length * 2));
        }
    }
}
