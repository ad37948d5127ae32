using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using MessageQueue.Connections;
using MessageQueue.Delivery;
using MessageQueue.Protocol;
using MessageQueue.State;
using MessageQueue.Transport;

namespace MessageQueue.Tests.Connections;

/// <summary>One session's connection: a channel of a socket.</summary>
internal sealed class ClientChannel : IConnection
{
    private readonly Lock _gate = new();
    private readonly byte _number;
    private readonly ChannelSocket _socket;
    private readonly ChannelDialect _dialect;
    private CloseReason? _closedWith;
    private Task? _detached;

    public ClientChannel(byte number, ChannelSocket socket, ChannelDialect dialect, ConnectionParameters parameters)
    {
        _number = number;
        _socket = socket;
        _dialect = dialect;
        Client = new ClientConnection(dialect.Services, this, parameters);
    }

    public ClientConnection Client { get; }

    public CloseReason? ClosedWith => _closedWith ?? _socket.Output.ClosedWith;

    public bool TryDeliver(OutgoingEvent outgoing, int target, bool redelivered)
    {
        // The frame header and the channel belong to this receiver; the rest is shared by all receivers.
        byte[] shared = _dialect.Events.Get(outgoing, target, redelivered);
        Span<byte> head = stackalloc byte[WebSocketFrame.MaxHeaderBytes + 1];
        int header = WebSocketFrame.WriteHeader(head, shared.Length + 1, isBinary: true);
        head[header] = _number;
        return _closedWith is null && _socket.Output.TryDeliver(head[..(header + 1)], shared, redelivered);
    }

    public void Welcome(in Welcome welcome) => Send('w', [welcome.Resumed ? (byte)1 : (byte)0, .. Number(welcome.Pending)]);

    public void Acknowledged(ReadOnlySpan<byte> reference, long? id, EventData data, bool duplicate) =>
        Send('a', [.. Text(reference), .. Number(id ?? 0)]);

    public void Refused(ProtocolError error, ReadOnlySpan<byte> reference) =>
        Send('r', [.. Text(reference), .. Encoding.UTF8.GetBytes(error.Code)]);

    public void Pong(ReadOnlySpan<byte> reference) => Send('p', Text(reference));

    public void Gap(in Gap gap) => Send('g', [.. Number(gap.From), .. Number(gap.To)]);

    public void Close(CloseReason reason)
    {
        lock (_gate)
        {
            if (_closedWith is not null)
            {
                return;
            }

            // Written here and not with the buffer for answers, because this may be any thread.
            byte[] frame = [0x82, 4, _number, (byte)'x', 0, 0];
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(4), (ushort)reason.Code);
            _socket.Output.WriteNow(frame);
            _closedWith = reason;
        }

        _ = DetachAsync();
    }

    /// <summary>Leaves the session; only the first call does. Completes when the apply loop has finished with the channel.</summary>
    public Task DetachAsync()
    {
        lock (_gate)
        {
            return _detached ??= Client.CloseAsync().AsTask();
        }
    }

    private static byte[] Number(long number)
    {
        byte[] bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes;
    }

    private static byte[] Text(ReadOnlySpan<byte> text) => [(byte)text.Length, .. text];

    private void Send(char letter, ReadOnlySpan<byte> rest)
    {
        _dialect.Answers.Write([_number, (byte)letter]);
        _dialect.Answers.Write(rest);
        _socket.Output.Write(_dialect.Answers.FinishBinary());
    }
}
