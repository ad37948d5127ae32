using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;

namespace MessageQueue.Tests.Infrastructure;

/// <summary>
/// A client that sends any bytes, and reads frames without answering them. A well-behaved client library would not do that.
/// </summary>
internal sealed class RawWebSocket : IAsyncDisposable
{
    public const int Continuation = 0x0;
    public const int Text = 0x1;
    public const int Binary = 0x2;
    public const int Close = 0x8;
    public const int Ping = 0x9;
    public const int Pong = 0xA;

    private const byte Final = 0x80;

    // Any mask except zero: with zero, a server that does not unmask would go unnoticed.
    private static readonly byte[] Mask = [0x1F, 0x2E, 0x3D, 0x4C];

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly PipeReader _reader;

    private RawWebSocket(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = PipeReader.Create(_stream);
    }

    /// <summary>The head of the answer to the handshake.</summary>
    public string Head { get; private set; } = "";

    /// <summary>Whether the server ended the connection with a reset.</summary>
    public bool WasReset { get; private set; }

    public static async Task<RawWebSocket> ConnectAsync(Uri url, string extraHeaders = "", int? receiveBufferBytes = null)
    {
        string request = $"GET {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{extraHeaders}\r\n";
        RawWebSocket client = await RequestAsync(url, request, receiveBufferBytes);
        client.Head.Should().StartWith("HTTP/1.1 101 ");
        return client;
    }

    /// <summary>Sends any request, and reads the head of any answer.</summary>
    public static async Task<RawWebSocket> RequestAsync(Uri url, string request, int? receiveBufferBytes = null)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBufferBytes is { } bytes)
        {
            socket.ReceiveBufferSize = bytes;
        }

        await socket.ConnectAsync(url.Host, url.Port).OrTimeout();
        RawWebSocket client = new(socket);
        await client.SendAsync(Encoding.Latin1.GetBytes(request));
        client.Head = await client.ReadHeadAsync();
        return client;
    }

    /// <summary>
    /// Returns a frame of a client, masked by default. <paramref name="announced"/> is a false length for its header.
    /// </summary>
    public static byte[] Frame(
        int opcode, ReadOnlySpan<byte> payload, bool final = true, bool masked = true, int reserved = 0, ulong? announced = null)
    {
        byte[] frame = new byte[14 + payload.Length];
        frame[0] = (byte)((final ? Final : 0) | reserved << 4 | opcode);
        byte maskBit = (byte)(masked ? 0x80 : 0);
        ulong length = announced ?? (ulong)payload.Length;
        int header = 2;
        if (length <= 125)
        {
            frame[1] = (byte)(maskBit | (byte)length);
        }
        else if (length <= ushort.MaxValue)
        {
            frame[1] = (byte)(maskBit | 126);
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)length);
            header = 4;
        }
        else
        {
            frame[1] = (byte)(maskBit | 127);
            BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(2), length);
            header = 10;
        }

        if (masked)
        {
            Mask.CopyTo(frame, header);
            header += Mask.Length;
        }

        for (int i = 0; i < payload.Length; i++)
        {
            frame[header + i] = masked ? (byte)(payload[i] ^ Mask[i % Mask.Length]) : payload[i];
        }

        return frame[..(header + payload.Length)];
    }

    public static byte[] TextFrame(string text) => Frame(Text, Encoding.UTF8.GetBytes(text));

    public static byte[] CloseFrame(int code)
    {
        Span<byte> payload = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        return Frame(Close, payload);
    }

    public Task SendAsync(ReadOnlyMemory<byte> bytes) => _stream.WriteAsync(bytes).OrTimeout();

    /// <summary>Reads the next frame. Returns null if the server ended the connection in any way.</summary>
    public async Task<RawFrame?> ReadAsync()
    {
        try
        {
            while (true)
            {
                ReadResult result = await _reader.ReadAsync().OrTimeout();
                ReadOnlySequence<byte> rest = result.Buffer;
                if (TryParse(ref rest, out RawFrame? frame))
                {
                    _reader.AdvanceTo(rest.Start);
                    return frame;
                }

                _reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                if (result.IsCompleted)
                {
                    result.Buffer.IsEmpty.Should().BeTrue("a frame was cut off");
                    return null;
                }
            }
        }
        catch (IOException exception) when (exception.InnerException is SocketException)
        {
            WasReset = true;
            return null;
        }
    }

    /// <summary>Reads up to and including a close frame, and returns it.</summary>
    public async Task<RawFrame> ReadCloseAsync()
    {
        while (true)
        {
            RawFrame? frame = await ReadAsync();
            frame.Should().NotBeNull("a close frame should come before the end");
            if (frame!.Opcode == Close)
            {
                return frame;
            }
        }
    }

    /// <summary>Closes only the sending side.</summary>
    public void ShutdownSend() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Ends the connection with a reset, as a crash does.</summary>
    public void Reset() => _socket.Close(timeout: 0);

    public async ValueTask DisposeAsync()
    {
        await _reader.CompleteAsync();
        await _stream.DisposeAsync();
    }

    private async Task<string> ReadHeadAsync()
    {
        while (true)
        {
            ReadResult result = await _reader.ReadAsync().OrTimeout();
            SequenceReader<byte> reader = new(result.Buffer);
            if (reader.TryReadTo(out ReadOnlySequence<byte> head, "\r\n\r\n"u8))
            {
                string text = Encoding.ASCII.GetString(head);
                _reader.AdvanceTo(reader.Position);
                return text;
            }

            _reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            result.IsCompleted.Should().BeFalse("the server should answer the handshake");
        }
    }

    private static bool TryParse(ref ReadOnlySequence<byte> bytes, out RawFrame? frame)
    {
        frame = null;
        SequenceReader<byte> reader = new(bytes);
        if (!reader.TryRead(out byte first) || !reader.TryRead(out byte second))
        {
            return false;
        }

        long length = second;
        if (second == 126)
        {
            if (!reader.TryReadBigEndian(out short shortLength))
            {
                return false;
            }

            length = (ushort)shortLength;
        }
        else if (second == 127 && !reader.TryReadBigEndian(out length))
        {
            return false;
        }

        second.Should().BeLessThan(128, "a server does not mask");
        if (!reader.TryReadExact((int)length, out ReadOnlySequence<byte> payload))
        {
            return false;
        }

        frame = new RawFrame(first, payload.ToArray());
        bytes = bytes.Slice(reader.Position);
        return true;
    }
}
