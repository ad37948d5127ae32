using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MessageQueue.Benchmarks.Generator;

/// <summary>
/// The beginning of a client's connection: blocking, until the connection is given to a loop. Only blocking calls keep a socket out of
/// .NET's own event loop, which would wake for everything that comes later.
/// </summary>
internal sealed class ClientHandshake : IDisposable
{
    private const int TimeoutMilliseconds = 30_000;

    // The kernel has about 28,000 ports for connections from one address to one server, so others come from 127.0.0.2 and so on.
    private const int ConnectionsPerAddress = 20_000;
    private const int MostAddresses = 200;

    private static int _count;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
        ReceiveTimeout = TimeoutMilliseconds,
        SendTimeout = TimeoutMilliseconds,
    };

    private readonly int _port;
    private byte[] _received = [];
    private bool _taken;

    public ClientHandshake(int port)
    {
        _port = port;
        int others = Interlocked.Increment(ref _count) / ConnectionsPerAddress % MostAddresses;
        if (others > 0)
        {
            _socket.Bind(new IPEndPoint(new IPAddress([127, 0, 0, (byte)(1 + others)]), 0));
        }

        _socket.Connect(IPAddress.Loopback, port);
    }

    /// <summary>Asks for a WebSocket.</summary>
    /// <exception cref="PeerException">The server refused.</exception>
    public void Upgrade(string path, string? subprotocol = null)
    {
        string offer = subprotocol is null ? "" : $"Sec-WebSocket-Protocol: {subprotocol}\r\n";
        _socket.Send(Encoding.ASCII.GetBytes(
            $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{_port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
            $"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{offer}\r\n"));
        int end;
        while ((end = _received.AsSpan().IndexOf("\r\n\r\n"u8)) < 0)
        {
            ReceiveMore();
        }

        string answer = Encoding.ASCII.GetString(_received, 0, end);
        if (!answer.StartsWith("HTTP/1.1 101", StringComparison.Ordinal))
        {
            throw new PeerException($"the server refused a WebSocket for {path}: {answer.Split('\r')[0]}");
        }

        _received = _received[(end + 4)..];
    }

    /// <summary>Sends a whole frame.</summary>
    public void Send(byte[] frame) => _socket.Send(frame);

    /// <summary>Sends a text.</summary>
    public void Send(string text) => Send(ClientFrame.Text(text));

    /// <summary>Receives the payload of one frame.</summary>
    public string Receive()
    {
        while (true)
        {
            if (FrameReader.TryRead(_received, out int opcode, out ReadOnlySpan<byte> payload, out int length))
            {
                string text = Encoding.UTF8.GetString(payload);
                _received = _received[length..];
                switch (opcode)
                {
                    case FrameReader.Close:
                        throw new PeerException($"the server closed a connection: {text}");
                    case FrameReader.Ping:
                        Send(ClientFrame.Pong);
                        break;
                    default:
                        return text;
                }
            }
            else
            {
                ReceiveMore();
            }
        }
    }

    /// <summary>Receives frames until one contains this, and returns its payload.</summary>
    public string ReceiveUntil(string part)
    {
        while (true)
        {
            string text = Receive();
            if (text.Contains(part, StringComparison.Ordinal))
            {
                return text;
            }
        }
    }

    /// <summary>Ends the handshake. The connection owns the socket from now on.</summary>
    public Connection Complete(IMessageReader reader)
    {
        _taken = true;
        return new Connection(_socket, reader, _received);
    }

    public void Dispose()
    {
        if (!_taken)
        {
            _socket.Dispose();
        }
    }

    private void ReceiveMore()
    {
        byte[] buffer = new byte[4096];
        int received = _socket.Receive(buffer);
        if (received == 0)
        {
            throw new PeerException("the server closed a connection during its handshake");
        }

        _received = [.. _received, .. buffer.AsSpan(0, received)];
    }
}
