using System.Buffers.Binary;
using MessageQueue.Protocol;

namespace MessageQueue.Tests.Connections;

/// <summary>Reads a request from a message. All its parts are slices of the message.</summary>
internal static class ChannelCodec
{
    /// <summary>Fills the request. Returns false if the message cannot be read.</summary>
    public static bool TryRead(byte letter, ReadOnlyMemory<byte> rest, ClientRequest request)
    {
        request.Clear();
        switch (letter)
        {
            case (byte)'E':
                request.Type = ClientRequestType.Emit;
                request.Reference = Text(ref rest);
                request.DeduplicatesByReference = false;
                request.To.Add(Text(ref rest));
                request.Event = Text(ref rest);
                request.Data = rest;
                return Names.IsValidTarget(request.To[0].Span) && Names.IsValidEvent(request.Event.Span);
            case (byte)'A':
                request.Type = ClientRequestType.Ack;
                request.Ids.Add(BinaryPrimitives.ReadInt64BigEndian(rest.Span));
                return true;
            case (byte)'P':
                request.Type = ClientRequestType.Ping;
                request.Reference = Text(ref rest);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Reads a text from the start of the bytes, and removes it.</summary>
    public static ReadOnlyMemory<byte> Text(ref ReadOnlyMemory<byte> rest)
    {
        int length = rest.Span[0];
        ReadOnlyMemory<byte> text = rest.Slice(1, length);
        rest = rest[(1 + length)..];
        return text;
    }
}
