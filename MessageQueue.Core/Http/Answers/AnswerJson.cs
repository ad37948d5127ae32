using System.Buffers;
using System.Text.Json;
using MessageQueue.Delivery.Inspection;
using MessageQueue.State;

namespace MessageQueue.Http.Answers;

/// <summary>Writes what became of events, and what is pending for a session, as JSON. docs/operating.md lists the members.</summary>
internal static class AnswerJson
{
    /// <summary>Writes what became of an event.</summary>
    public static ArrayBufferWriter<byte> Of(Explanation explanation)
    {
        ArrayBufferWriter<byte> body = new(1024);
        using Utf8JsonWriter json = new(body, ListingJson.Writing);
        json.WriteStartObject();
        json.WriteNumber("id", explanation.Number);
        json.WriteString("state", explanation.Stored is not null ? "stored" : explanation.IsDamaged ? "damaged" : "dropped");
        if (explanation.Stored is { } stored)
        {
            json.WriteString("namespace", stored.Namespace.Span);
            WriteHead(json, stored);
            json.WriteNumber("bytes", stored.Data.Length);
        }

        json.WriteStartObject("counts");
        foreach ((ReceiverStatus status, int count) in explanation.Counts.OrderBy(static entry => entry.Key))
        {
            json.WriteNumber(NameOf(status), count);
        }

        json.WriteEndObject();
        json.WriteStartArray("sessions");
        foreach (Receiver receiver in explanation.Receivers)
        {
            Write(json, receiver);
        }

        json.WriteEndArray();
        if (explanation.HasMore)
        {
            json.WriteBoolean("more", true);
        }

        json.WriteEndObject();
        json.Flush();
        return body;
    }

    /// <summary>Writes what is pending for a session.</summary>
    public static ArrayBufferWriter<byte> Of(PeekedSession peeked)
    {
        ArrayBufferWriter<byte> body = new(4096);
        using Utf8JsonWriter json = new(body, ListingJson.Writing);
        json.WriteStartObject();
        ListingJson.Write(json, peeked.Row);
        WriteHeldBy(json, peeked.HeldBy);
        json.WriteStartArray("gaps");
        foreach (Gap gap in peeked.Gaps)
        {
            json.WriteStartObject();
            json.WriteNumber("from", gap.From);
            json.WriteNumber("to", gap.To);
            if (gap.Count is { } count)
            {
                json.WriteNumber("count", count);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("events");
        foreach (PeekedEvent one in peeked.Events)
        {
            Write(json, one, peeked.Now);
        }

        json.WriteEndArray();
        if (peeked.Next is { } next)
        {
            json.WriteString("next", next.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        json.WriteEndObject();
        json.Flush();
        return body;
    }

    private static void Write(Utf8JsonWriter json, PeekedEvent one, long now)
    {
        json.WriteStartObject();
        json.WriteNumber("id", one.Event.Sequence);
        json.WriteString("status", NameOf(one.Status));
        if (one.Deliveries > 0)
        {
            json.WriteNumber("deliveries", one.Deliveries);
        }

        if (one.Event.Stored is { } stored)
        {
            json.WriteNumber("age", Math.Max(0, now - stored.Time));
            WriteHead(json, stored);
            if (!stored.Data.IsEmpty)
            {
                // It was checked when it came, and goes out as any receiver gets it.
                json.WritePropertyName("data");
                json.WriteRawValue(stored.Data.Span, skipInputValidation: true);
            }

            if (stored.HasSeveralArguments)
            {
                json.WriteBoolean("args", true);
            }
        }
        else
        {
            json.WriteBoolean("damaged", true);
        }

        json.WriteEndObject();
    }

    private static void WriteHead(Utf8JsonWriter json, StoredEvent stored)
    {
        json.WriteString("event", stored.Event.Span);
        json.WriteStartArray("to");
        foreach (ReadOnlyMemory<byte> target in stored.To)
        {
            json.WriteStringValue(target.Span);
        }

        json.WriteEndArray();
        if (!stored.From.IsEmpty)
        {
            json.WriteString("from", stored.From.Span);
        }

        if (!stored.Reference.IsEmpty)
        {
            json.WriteString("ref", stored.Reference.Span);
        }

        json.WriteNumber("time", stored.Time);
        if (stored.Deadline != long.MaxValue)
        {
            json.WriteNumber("expires", stored.Deadline);
        }
    }

    private static void Write(Utf8JsonWriter json, Receiver receiver)
    {
        json.WriteStartObject();
        if (receiver.Session is { } session)
        {
            json.WriteString("session", session);
        }
        else
        {
            json.WriteBoolean("handler", true);
        }

        json.WriteString("status", NameOf(receiver.Status));
        if (receiver.Room is { } room)
        {
            json.WriteString("room", room);
            json.WriteNumber("connections", receiver.Connections);
            json.WriteNumber("lastSeen", receiver.LastSeen);
        }

        WriteUnlessZero(json, "deliveries", receiver.Deliveries);
        WriteUnlessZero(json, "joinedAt", receiver.JoinedAt);
        WriteUnlessZero(json, "deadLetter", receiver.DeadLetter);
        WriteHeldBy(json, receiver.HeldBy);
        json.WriteEndObject();
    }

    private static void WriteUnlessZero(Utf8JsonWriter json, string name, long value)
    {
        if (value != 0)
        {
            json.WriteNumber(name, value);
        }
    }

    private static void WriteHeldBy(Utf8JsonWriter json, HeldBy reason)
    {
        if (reason != HeldBy.Nothing)
        {
            json.WriteString("heldBy", NameOf(reason));
        }
    }

    private static string NameOf<T>(T value)
        where T : struct, Enum =>
        JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
