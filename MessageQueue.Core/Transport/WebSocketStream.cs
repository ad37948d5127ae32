using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net.WebSockets;

namespace MessageQueue.Transport;

/// <summary>
/// Makes a stream out of a WebSocket, for servers that offer no stream, as test servers do. Frames written to this stream are sent as
/// messages; messages that arrive can be read from it as frames. So the rest of the code is the same for every server. This costs extra
/// copies.
/// </summary>
internal sealed class WebSocketStream : AsyncStream
{
    private const int ReadBytes = 4096;
    private const int MaskedHeaderBytes = 14;
    private const byte Final = 0x80;
    private const byte Masked = 0x80;

    // A mask of zeros does not change the payload.
    private static readonly byte[] Pong = [0x8A, Masked, 0, 0, 0, 0];

    private readonly WebSocket _inner;
    private readonly Pipe _input = new();
    private readonly SemaphoreSlim _inputLock = new(1);
    private readonly ArrayBufferWriter<byte> _output = new();

    /// <param name="inner">The server's WebSocket; only this class reads and writes it.</param>
    /// <param name="aborted">Cancelled when the connection was aborted.</param>
    public WebSocketStream(WebSocket inner, CancellationToken aborted)
    {
        _inner = inner;
        aborted.UnsafeRegister(static webSocket => ((WebSocket)webSocket!).Abort(), inner);
        _ = Task.Run(PumpAsync, CancellationToken.None);
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ReadResult result = await _input.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        ReadOnlySequence<byte> bytes = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, buffer.Length));
        int read = (int)bytes.Length;
        bytes.CopyTo(buffer.Span);
        _input.Reader.AdvanceTo(bytes.End);
        return read;
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _output.Write(buffer.Span);
        int sent = 0;
        while (Parse(_output.WrittenMemory[sent..]) is { } frame)
        {
            await SendAsync(frame.First, frame.Payload, cancellationToken).ConfigureAwait(false);
            sent += frame.Length;
        }

        byte[] rest = _output.WrittenSpan[sent..].ToArray();
        _output.ResetWrittenCount();
        _output.Write(rest);
    }

    private static (byte First, ReadOnlyMemory<byte> Payload, int Length)? Parse(ReadOnlyMemory<byte> bytes)
    {
        ReadOnlySpan<byte> span = bytes.Span;
        int header = span.Length < 2 ? int.MaxValue : span[1] switch { 126 => 4, 127 => 10, _ => 2 };
        if (span.Length < header)
        {
            return null;
        }

        long length = header switch
        {
            2 => span[1],
            4 => BinaryPrimitives.ReadUInt16BigEndian(span[2..]),
            _ => BinaryPrimitives.ReadInt64BigEndian(span[2..]),
        };
        return span.Length - header < length ? null : (span[0], bytes.Slice(header, (int)length), header + (int)length);
    }

    private async ValueTask SendAsync(byte first, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        switch (first & 0x0F)
        {
            case 0x1:
                await _inner.SendAsync(payload, WebSocketMessageType.Text, endOfMessage: true, cancellationToken).ConfigureAwait(false);
                break;
            case 0x8:
                int code = payload.Length < 2
                    ? (int)WebSocketCloseStatus.NormalClosure
                    : BinaryPrimitives.ReadUInt16BigEndian(payload.Span);
                string reason = payload.Length < 2 ? "" : System.Text.Encoding.UTF8.GetString(payload.Span[2..]);
                await _inner.CloseOutputAsync((WebSocketCloseStatus)code, reason, cancellationToken).ConfigureAwait(false);
                break;
            case 0x9:
                // Here the server itself checks whether the peer is alive, so every ping is answered.
                await PutAsync(Pong, cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    private async Task PumpAsync()
    {
        byte[] frame = new byte[MaskedHeaderBytes + ReadBytes];
        bool continues = false;
        try
        {
            while (true)
            {
                ValueWebSocketReceiveResult result = await _inner
                    .ReceiveAsync(frame.AsMemory(MaskedHeaderBytes), CancellationToken.None)
                    .ConfigureAwait(false);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    await PutAsync(CloseFrame(), CancellationToken.None).ConfigureAwait(false);
                    break;
                }

                int opcode = continues ? 0 : result.MessageType == WebSocketMessageType.Text ? 1 : 2;
                continues = !result.EndOfMessage;
                int start = WriteHeader(frame, (byte)((continues ? 0 : Final) | opcode), result.Count);
                int length = MaskedHeaderBytes - start + result.Count;
                await PutAsync(frame.AsMemory(start, length), CancellationToken.None).ConfigureAwait(false);
            }

            await _input.Writer.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await _input.Writer.CompleteAsync(new IOException("The WebSocket broke.", exception)).ConfigureAwait(false);
        }
    }

    // Pongs can come between messages, so only one whole frame is written at a time.
    private async ValueTask PutAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        await _inputLock.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _input.Writer.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _inputLock.Release();
        }
    }

    /// <summary>Writes a header directly before the payload, and returns where it begins.</summary>
    private static int WriteHeader(byte[] frame, byte first, int length)
    {
        bool isShort = length <= 125;
        int start = MaskedHeaderBytes - (isShort ? 6 : 8);
        frame.AsSpan(start, MaskedHeaderBytes - start).Clear();
        frame[start] = first;
        frame[start + 1] = (byte)(Masked | (isShort ? length : 126));
        if (!isShort)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(start + 2), (ushort)length);
        }

        return start;
    }

    private byte[] CloseFrame()
    {
        int code = (int)(_inner.CloseStatus ?? WebSocketCloseStatus.NormalClosure);
        return [0x88, Masked | 2, 0, 0, 0, 0, (byte)(code >> 8), (byte)code];
    }
}
