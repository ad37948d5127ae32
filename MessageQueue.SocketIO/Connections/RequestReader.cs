using System.Buffers;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.Protocol.Parsing;
using MessageQueue.SocketIO.Packets;

namespace MessageQueue.SocketIO.Connections;

/// <summary>
/// Fills requests from packets. The data of one argument is a slice of the packet; only several arguments are copied, because they get
/// brackets around them.
/// </summary>
internal sealed class RequestReader(SocketIOOptions options, BrokerLimits limits, bool hasTokens)
{
    private static readonly ProtocolError BadName = new(
        ErrorCode.BadMessage, "the event's name has to be 1 to 128 characters");

    private static readonly byte[] NoArguments = "[]"u8.ToArray();

    /// <summary>A packet whose attachments are too large.</summary>
    public ProtocolError TooLarge { get; } = new(
        ErrorCode.BadMessage, $"an event with its attachments, as base64, may have {limits.MaxMessageBytes} bytes at most");

    /// <summary>Reads an event.</summary>
    public ReadResult ReadEvent(NamespaceConnection ns, in Packet packet, ClientRequest request)
    {
        request.Clear();
        if (!Payload.TryReadEvent(packet.Payload, request.NameBuffer, out ReadOnlyMemory<byte> name, out ArgumentList arguments))
        {
            return new ReadResult(IsPacket: false);
        }

        request.Type = ClientRequestType.Emit;
        request.Event = name;
        if (packet.Id is { } id)
        {
            request.Reference = ns.Calls.ReferenceOf(id, packet.Payload.Span, request.NameBuffer);
            request.DeduplicatesByReference = ns.Calls.Page is not null;
        }

        if (hasTokens && name.Span.SequenceEqual("mq:token"u8))
        {
            return RoomEvents.ReadToken(packet.Payload, request);
        }

        if (options.RoomEvents && name.Span.StartsWith("mq:"u8) && RoomEvents.TryRead(packet.Payload, limits, request, out ReadResult room))
        {
            return room;
        }

        return Names.Check(name.Span) == FieldState.Valid
            ? new ReadResult(IsPacket: true, Rented: SetData(request, arguments))
            : new ReadResult(IsPacket: true, BadName);
    }

    /// <summary>Reads an answer to an event.</summary>
    public static ReadResult ReadAck(in Packet packet, ClientRequest request)
    {
        request.Clear();
        if (packet.Id is not { } id || !Payload.TryReadArguments(packet.Payload, out ArgumentList arguments))
        {
            return new ReadResult(IsPacket: false);
        }

        request.Type = ClientRequestType.Ack;
        request.Ids.Add(id);
        byte[]? rented = SetData(request, arguments);
        // An answer without values is an answer too: the server may be waiting for it.
        if (arguments.Count == 0)
        {
            (request.Data, request.HasSeveralArguments) = (NoArguments, true);
        }

        return new ReadResult(IsPacket: true, Rented: rented);
    }

    /// <summary>Sets the data: none, the only argument, or the array of several.</summary>
    /// <returns>A buffer to <see cref="Return"/> after the request; null for none.</returns>
    public static byte[]? SetData(ClientRequest request, ArgumentList arguments)
    {
        if (arguments.Count < 2)
        {
            request.Data = arguments.Text;
            return null;
        }

        int length = arguments.Text.Length + 2;
        byte[] rented = ArrayPool<byte>.Shared.Rent(length);
        rented[0] = (byte)'[';
        arguments.Text.CopyTo(rented.AsMemory(1));
        rented[length - 1] = (byte)']';
        request.Data = rented.AsMemory(0, length);
        request.HasSeveralArguments = true;
        return rented;
    }

    /// <summary>Returns a buffer.</summary>
    public static void Return(byte[] rented) => ArrayPool<byte>.Shared.Return(rented);
}
