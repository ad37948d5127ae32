using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MessageQueue.Client.Messages;

/// <summary>Writes the messages to the server.</summary>
internal static class ClientMessages
{
    /// <summary>Writes an <c>emit</c>.</summary>
    /// <param name="name">The event's name.</param>
    /// <param name="data">Its data as JSON; empty for none.</param>
    /// <param name="settings">Where it goes.</param>
    /// <param name="id">The reference.</param>
    /// <param name="trace">The trace that it belongs to; null for none.</param>
    public static byte[] Emit(string name, ReadOnlySpan<byte> data, EmitSettings settings, string id, string? trace)
    {
        ArrayBufferWriter<byte> buffer = new(data.Length + 160);
        using (Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, "emit"u8);
            writer.WriteString("event"u8, name);
            if (!data.IsEmpty)
            {
                writer.WritePropertyName("data"u8);
                writer.WriteRawValue(data, skipInputValidation: true);
            }

            if (settings.HasSeveralArguments)
            {
                writer.WriteBoolean("args"u8, true);
            }

            WriteTargets(writer, settings.To);
            writer.WriteString("id"u8, id);
            if (!settings.Echo)
            {
                writer.WriteBoolean("echo"u8, false);
            }

            if (settings.Volatile)
            {
                writer.WriteBoolean("volatile"u8, true);
            }

            if (settings.TimeToLive is { } time)
            {
                writer.WriteNumber("ttl"u8, Math.Max(1, (long)time.TotalMilliseconds));
            }

            if (trace is not null)
            {
                writer.WriteString("trace"u8, trace);
            }

            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes a <c>join</c>, <c>leave</c>, <c>watch</c> or <c>unwatch</c>.</summary>
    public static byte[] Room(string type, string room, string id)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, type);
            writer.WriteString("room"u8, room);
            writer.WriteString("id"u8, id);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes a <c>show</c>.</summary>
    /// <param name="data">What to show, as JSON; empty for nothing.</param>
    /// <param name="id">The reference.</param>
    public static byte[] Show(ReadOnlySpan<byte> data, string id)
    {
        byte[] start = Encoding.UTF8.GetBytes($"{{\"type\":\"show\",\"id\":\"{id}\"");
        return data.IsEmpty ? [.. start, (byte)'}'] : [.. start, .. ",\"data\":"u8, .. data, (byte)'}'];
    }

    /// <summary>Writes the <c>ack</c> of several events.</summary>
    public static byte[] Ack(IEnumerable<long> numbers) =>
        Encoding.UTF8.GetBytes($$"""{"type":"ack","id":[{{string.Join(',', numbers)}}]}""");

    /// <summary>Writes the <c>ack</c> that answers an event.</summary>
    public static byte[] Answer(long number, ReadOnlySpan<byte> data) =>
        [.. Encoding.UTF8.GetBytes($"{{\"type\":\"ack\",\"id\":{Text(number)},\"data\":"), .. data, (byte)'}'];

    /// <summary>Writes a <c>nack</c>.</summary>
    public static byte[] Nack(long number, TimeSpan delay) =>
        Encoding.UTF8.GetBytes($$"""{"type":"nack","id":{{Text(number)}},"delay":{{Text((long)delay.TotalMilliseconds)}}}""");

    /// <summary>Writes a <c>token</c>.</summary>
    public static byte[] Token(string token)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, "token"u8);
            writer.WriteString("token"u8, token);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Returns a <c>ping</c>.</summary>
    public static byte[] Ping() => """{"type":"ping"}"""u8.ToArray();

    private static void WriteTargets(Utf8JsonWriter writer, IReadOnlyList<string> targets)
    {
        if (targets is [string one])
        {
            writer.WriteString("to"u8, one);
        }
        else if (targets.Count > 0)
        {
            writer.WriteStartArray("to"u8);
            foreach (string target in targets)
            {
                writer.WriteStringValue(target);
            }

            writer.WriteEndArray();
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
