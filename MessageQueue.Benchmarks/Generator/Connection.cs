using System.Net.Sockets;
using System.Text;

namespace MessageQueue.Benchmarks.Generator;

/// <summary>A client's connection after its handshake, driven by a <see cref="LoadLoop"/>.</summary>
internal sealed class Connection : IDisposable
{
    private readonly Socket _socket;
    private readonly IMessageReader _reader;
    private byte[] _unread;
    private byte[] _unreadPayload = [];
    private byte[] _unsent = [];
    private long _missing;

    /// <summary>What was received since the beginning.</summary>
    public Tally Tally;

    public Connection(Socket socket, IMessageReader reader, byte[] unread)
    {
        _socket = socket;
        _reader = reader;
        _unread = unread;
        _socket.Blocking = false;
    }

    /// <summary>The socket, for the loop to watch.</summary>
    public Socket Socket => _socket;

    /// <summary>Its place among the connections of the loop.</summary>
    public int Number { get; set; }

    /// <summary>Whether the loop waits until the socket takes more.</summary>
    public bool IsWatchedForWrites { get; set; }

    /// <summary>Whether the socket was full, and takes the rest later.</summary>
    public bool HasUnsent => _unsent.Length > 0;

    /// <summary>Sends, or keeps what the socket does not take now.</summary>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        if (HasUnsent)
        {
            _unsent = [.. _unsent, .. bytes];
            return;
        }

        int sent = _socket.Send(bytes, SocketFlags.None, out SocketError error);
        if (error is not (SocketError.Success or SocketError.WouldBlock))
        {
            throw new PeerException($"a connection broke: {error}");
        }

        sent = Math.Max(sent, 0);
        if (sent < bytes.Length)
        {
            _unsent = bytes[sent..].ToArray();
        }
    }

    /// <summary>Sends what was kept.</summary>
    public void SendRest()
    {
        byte[] rest = _unsent;
        _unsent = [];
        Send(rest);
    }

    /// <summary>Receives once, and counts what came. The buffer is shared by all connections; an incomplete frame is kept here.</summary>
    /// <exception cref="PeerException">The server closed the connection, or reported an error.</exception>
    public void Receive(byte[] buffer, long now)
    {
        _unread.CopyTo(buffer, 0);
        if (_unread.Length == buffer.Length)
        {
            throw new PeerException("the server sent a frame that is larger than the generator's buffer");
        }

        int received = _socket.Receive(buffer.AsSpan(_unread.Length), SocketFlags.None, out SocketError error);
        if (error == SocketError.WouldBlock)
        {
            return;
        }

        if (error != SocketError.Success || received == 0)
        {
            throw new PeerException($"the server closed a connection ({error})");
        }

        Tally.Now = now;
        Keep(buffer.AsSpan(0, _unread.Length + received));
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Reads what came with the handshake's last answer.</summary>
    public void ReadRest()
    {
        byte[] rest = _unread;
        _unread = [];
        Keep(rest);
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        int position = ReadPart(bytes);
        while (FrameReader.TryRead(bytes[position..], out int opcode, out ReadOnlySpan<byte> payload, out int length))
        {
            position += length;
            ReadFrame(opcode, payload);
        }

        // Not kept until it is complete: NATS sends a backlog of any size as one frame.
        if (_reader.ReadsStream && FrameReader.TryReadHeader(bytes[position..], out int type, out int header, out long size)
            && type < FrameReader.Close)
        {
            _missing = size;
            position += header;
            position += ReadPart(bytes[position..]);
        }

        _unread = position == bytes.Length ? [] : bytes[position..].ToArray();
    }

    // The rest of a frame of which a part was read already. Returns how many bytes belong to it.
    private int ReadPart(ReadOnlySpan<byte> bytes)
    {
        int length = (int)Math.Min(_missing, bytes.Length);
        if (length > 0)
        {
            _missing -= length;
            ReadMessages(bytes[..length]);
        }

        return length;
    }

    private void ReadFrame(int opcode, ReadOnlySpan<byte> payload)
    {
        switch (opcode)
        {
            case FrameReader.Ping:
                Send(ClientFrame.Pong);
                break;
            case FrameReader.Close:
                throw new PeerException($"the server closed a connection: {Encoding.UTF8.GetString(payload)}");
            case < FrameReader.Close:
                ReadMessages(payload);
                break;
        }
    }

    private void ReadMessages(ReadOnlySpan<byte> payload)
    {
        if (_unreadPayload.Length > 0)
        {
            payload = (byte[])[.. _unreadPayload, .. payload];
        }

        int read = _reader.Read(payload, ref Tally);
        _unreadPayload = read == payload.Length ? [] : payload[read..].ToArray();
        if (Tally.Reply is not null)
        {
            Send(Tally.Reply);
            Tally.Reply = null;
        }
    }
}
