using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MessageQueue.Http;

/// <summary>Writes listings as JSON.</summary>
internal static class ListingJson
{
    // Names are written without escapes: the answer is read by programs and in terminals, never as part of a web page.
    internal static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a page of sessions.</summary>
    public static ArrayBufferWriter<byte> OfSessions(in Page<SessionRow> page) =>
        Write("sessions", page, static (json, row) => Write(json, row));

    /// <summary>Writes a page of rooms.</summary>
    public static ArrayBufferWriter<byte> OfRooms(in Page<RoomRow> page) =>
        Write("rooms", page, static (json, row) =>
        {
            json.WriteString("namespace", row.Namespace);
            json.WriteString("room", row.Room);
            json.WriteNumber("sessions", row.Sessions);
            json.WriteNumber("connected", row.Connected);
            json.WriteNumber("events", row.Events);
        });

    /// <summary>Writes the members of a session's row.</summary>
    public static void Write(Utf8JsonWriter json, SessionRow row)
    {
        json.WriteString("namespace", row.Namespace);
        json.WriteString("session", row.Session);
        json.WriteStartArray("rooms");
        foreach (string room in row.Rooms)
        {
            json.WriteStringValue(room);
        }

        json.WriteEndArray();
        json.WriteNumber("roomCount", row.RoomCount);
        json.WriteNumber("owed", row.Pending);
        if (row.HasMorePending)
        {
            json.WriteBoolean("more", true);
        }

        json.WriteNumber("connections", row.Connections);
        json.WriteNumber("lastSeen", row.LastSeen);
        json.WriteNumber("inFlight", row.InFlight);
        if (row.LastAcknowledged > 0)
        {
            json.WriteNumber("lastAcknowledged", row.LastAcknowledged);
        }

        json.WriteNumber("acknowledgedUpTo", row.AcknowledgedUpTo);
        if (row.OldestOwed.Sequence > 0)
        {
            json.WriteNumber("oldestOwed", row.OldestOwed.Sequence);
        }

        if (row.OldestOwedAge is { } age)
        {
            json.WriteNumber("oldestOwedAge", age);
        }
    }

    private static ArrayBufferWriter<byte> Write<T>(string name, in Page<T> page, Action<Utf8JsonWriter, T> write)
    {
        ArrayBufferWriter<byte> body = new(4096);
        using Utf8JsonWriter json = new(body, Writing);
        json.WriteStartObject();
        json.WriteStartArray(name);
        foreach (T row in page.Rows)
        {
            json.WriteStartObject();
            write(json, row);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("total", page.Total);
        if (page.Next is not null)
        {
            json.WriteString("next", page.Next);
        }

        json.WriteEndObject();
        json.Flush();
        return body;
    }
}
