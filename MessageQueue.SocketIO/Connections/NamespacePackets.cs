using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using MessageQueue.Protocol;
using MessageQueue.SocketIO.Packets;
using MessageQueue.State;
using MessageQueue.Transport;

namespace MessageQueue.SocketIO.Connections;

/// <summary>What the server says about a namespace, which no event is: frames, and the values of notices. Names are UTF-8.</summary>
internal static class NamespacePackets
{
    /// <summary>Returns the frame that tells a client that it has joined.</summary>
    public static byte[] Connect(ReadOnlySpan<byte> ns, string sid, string? pid)
    {
        ArrayBufferWriter<byte> output = new();
        PacketWriter.WriteHead(output, PacketType.Connect, ns);
        using (Utf8JsonWriter json = new(output))
        {
            json.WriteStartObject();
            json.WriteString("sid"u8, sid);
            if (pid is not null)
            {
                json.WriteString("pid"u8, pid);
            }

            json.WriteEndObject();
        }

        return WebSocketFrame.BuildText(output.WrittenSpan);
    }

    /// <summary>Returns the frame that tells a client that it cannot join a namespace.</summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="message">Why.</param>
    /// <param name="data">More for the client, as JSON; empty for nothing.</param>
    public static byte[] ConnectError(ReadOnlySpan<byte> ns, string message, ReadOnlySpan<byte> data = default)
    {
        ArrayBufferWriter<byte> output = new();
        PacketWriter.WriteHead(output, PacketType.ConnectError, ns);
        using (Utf8JsonWriter json = new(output))
        {
            json.WriteStartObject();
            json.WriteString("message"u8, message);
            if (!data.IsEmpty)
            {
                json.WritePropertyName("data"u8);
                json.WriteRawValue(data);
            }

            json.WriteEndObject();
        }

        return WebSocketFrame.BuildText(output.WrittenSpan);
    }

    /// <summary>Returns the frame that removes a client from a namespace.</summary>
    public static byte[] Disconnect(ReadOnlySpan<byte> ns)
    {
        ArrayBufferWriter<byte> output = new();
        PacketWriter.WriteHead(output, PacketType.Disconnect, ns);
        return WebSocketFrame.BuildText(output.WrittenSpan);
    }

    /// <summary>Returns a refusal as JSON.</summary>
    /// <param name="error">Why.</param>
    /// <param name="isAnswer">Whether it is the answer to an event, where it has to be told from other answers.</param>
    public static ReadOnlyMemory<byte> Error(ProtocolError error, bool isAnswer)
    {
        ArrayBufferWriter<byte> output = new();
        using (Utf8JsonWriter json = new(output))
        {
            json.WriteStartObject();
            if (isAnswer)
            {
                json.WriteStartObject("error"u8);
            }

            json.WriteString("code"u8, error.Code);
            json.WriteString("message"u8, error.Message);
            if (isAnswer)
            {
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return output.WrittenMemory;
    }

    /// <summary>Returns as JSON how long a token is still valid.</summary>
    public static ReadOnlyMemory<byte> Expiring(TimeSpan left) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"in\":{(long)left.TotalMilliseconds}}}"));

    /// <summary>Returns a gap as JSON.</summary>
    public static ReadOnlyMemory<byte> Gap(in Gap gap)
    {
        ArrayBufferWriter<byte> output = new();
        using (Utf8JsonWriter json = new(output))
        {
            json.WriteStartObject();
            json.WriteNumber("from"u8, gap.From);
            json.WriteNumber("to"u8, gap.To);
            if (gap.Count is { } count)
            {
                json.WriteNumber("count"u8, count);
            }

            json.WriteEndObject();
        }

        return output.WrittenMemory;
    }
}
