using System.Buffers;
using System.Buffers.Text;
using MessageQueue.Protocol;

namespace MessageQueue.SocketIO.Packets;

/// <summary>Writes the text of packets, with the <c>4</c> of an Engine.IO message in front. Names are UTF-8.</summary>
internal static class PacketWriter
{
    /// <summary>
    /// Writes a packet up to its payload. A namespace is written with its comma, unless it is <c>/</c>.
    /// </summary>
    public static void WriteHead(IBufferWriter<byte> output, PacketType type, ReadOnlySpan<byte> ns, long? id = null, int attachments = 0)
    {
        const int MaxNumberBytes = 20;
        Span<byte> span = output.GetSpan(4 + ns.Length + (2 * MaxNumberBytes));
        span[0] = (byte)'4';
        span[1] = (byte)('0' + (int)type);
        int length = 2;
        if (type is PacketType.BinaryEvent or PacketType.BinaryAck)
        {
            length += Format(attachments, span[length..]);
            span[length++] = (byte)'-';
        }

        if (ns.Length > 1)
        {
            ns.CopyTo(span[length..]);
            length += ns.Length;
            span[length++] = (byte)',';
        }

        length += id is { } number ? Format(number, span[length..]) : 0;
        output.Advance(length);
    }

    /// <summary>Writes the start of an event's payload: <c>["NAME"</c>.</summary>
    public static void WriteEvent(IBufferWriter<byte> output, ReadOnlySpan<byte> name)
    {
        bool isReserved = ReservedEvents.Contains(name);
        output.Write("[\""u8);
        if (isReserved)
        {
            output.Write(ReservedEvents.Prefix);
        }

        Span<byte> span = output.GetSpan(JsonName.EncodedLength(name));
        output.Advance(JsonName.Encode(name, span));
        output.Write("\""u8);
    }

    /// <summary>Writes the arguments after a name, with a comma if there are any.</summary>
    public static void WriteArguments(IBufferWriter<byte> output, ReadOnlyMemory<byte> arguments)
    {
        if (!arguments.IsEmpty)
        {
            output.Write(","u8);
            output.Write(arguments.Span);
        }
    }

    /// <summary>Returns the arguments that stand for data: none, the value, or the values of the array.</summary>
    /// <param name="data">The data as JSON text; empty for none.</param>
    /// <param name="isSeveral">Whether the data is an array of arguments.</param>
    public static ReadOnlyMemory<byte> Arguments(ReadOnlyMemory<byte> data, bool isSeveral)
    {
        if (!isSeveral || data.IsEmpty)
        {
            return data;
        }

        ReadOnlySpan<byte> white = " \t\r\n"u8;
        ReadOnlyMemory<byte> inner = data.Trim(white)[1..^1];
        return inner.Trim(white);
    }

    /// <summary>Returns the form of a type that has attachments.</summary>
    public static PacketType WithAttachments(PacketType type) => type switch
    {
        PacketType.Event => PacketType.BinaryEvent,
        PacketType.Ack => PacketType.BinaryAck,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Packets of this type have no attachments."),
    };

    private static int Format(long number, Span<byte> span)
    {
        Utf8Formatter.TryFormat(number, span, out int written);
        return written;
    }
}
