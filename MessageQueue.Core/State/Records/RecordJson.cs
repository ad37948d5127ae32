using System.Buffers;
using System.Globalization;
using System.Text.Json;
using MessageQueue.Storage;

namespace MessageQueue.State.Records;

/// <summary>Writes records as JSON, one object each, for people and scripts that look into a log.</summary>
internal static class RecordJson
{
    private readonly record struct Sessions(Func<long, RecordedSession?> Find, Func<long, bool> Shows);

    private static readonly JsonWriterOptions Readable = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    // The server's own code may emit several arguments that are each nested as deep as its serializer allows.
    private static readonly JsonDocumentOptions AnyDepth = new() { MaxDepth = int.MaxValue };

    /// <summary>Returns the record as one line of UTF-8 without the line end.</summary>
    /// <param name="record">The record.</param>
    /// <param name="find">Finds a session by its id; null to write ids.</param>
    /// <param name="shows">Returns whether an acknowledgement of many sessions is written for this one.</param>
    public static ReadOnlySpan<byte> Encode(in LogRecord record, Func<long, RecordedSession?>? find, Func<long, bool> shows)
    {
        ArrayBufferWriter<byte> buffer = new(256);
        using Utf8JsonWriter json = new(buffer, Readable);
        json.WriteStartObject();
        json.WriteNumber("sequence", record.Sequence);
        DateTimeOffset time = DateTimeOffset.FromUnixTimeMilliseconds(record.Time);
        RecordType type = (RecordType)record.Type;
        json.WriteString("time", time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        json.WriteString("type", Enum.IsDefined(type) ? JsonNamingPolicy.CamelCase.ConvertName(type.ToString()) : "unknown");
        try
        {
            RecordVersions.Check(record);
            WritePayload(json, record, new Sessions(find ?? (static _ => null), shows));
        }
        catch (LogDamagedException)
        {
            // A later version of this program wrote it. Payloads are decoded before anything of them is written.
            WriteRaw(json, record);
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan;
    }

    private static void WritePayload(Utf8JsonWriter json, in LogRecord record, in Sessions sessions)
    {
        switch ((RecordType)record.Type)
        {
            case RecordType.ServerStarted:
                break;
            case RecordType.SessionAttached:
                Write(json, AttachRecord.Decode(record));
                break;
            case RecordType.SessionDetached:
                DetachRecord detach = DetachRecord.Decode(record.Payload);
                json.WriteNumber("attachedAt", detach.AttachedAt);
                json.WriteNumber("sentUpTo", detach.SentUpTo);
                Write(json, detach.Progress, sessions);
                break;
            case RecordType.SessionEnded:
                EndRecord end = EndRecord.Decode(record.Payload);
                WriteSession(json, end.SessionId, sessions);
                json.WriteNumber("ifDetachedSince", end.IfDetachedSince);
                break;
            case RecordType.RoomJoined or RecordType.RoomLeft:
                RoomRecord room = RoomRecord.Decode(record.Payload);
                WriteSession(json, room.SessionId, sessions);
                json.WriteString("room", room.Room);
                break;
            case RecordType.DeadLettered:
                PayloadReader reader = new(record.Payload);
                json.WriteStartObject("instead");
                Write(json, DeadLetterRecord.DecodeProgress(ref reader), sessions);
                json.WriteEndObject();
                Write(json, EmitRecord.Decode(record), sessions);
                break;
            case RecordType.EventEmitted:
                Write(json, EmitRecord.Decode(record), sessions);
                break;
            case RecordType.HandlerStarted:
                HandlerStartedRecord started = HandlerStartedRecord.Decode(record.Payload);
                json.WriteNumber("event", started.Number);
                Write(json, started.Progress, sessions);
                break;
            case RecordType.Acknowledged:
                WriteAcknowledged(json, AcknowledgedRecord.Decode(record.Payload), sessions);
                break;
            case RecordType.Dropped:
                Write(json, DroppedRecord.Decode(record.Payload), sessions);
                break;
            default:
                WriteRaw(json, record);
                break;
        }
    }

    private static void Write(Utf8JsonWriter json, AttachRecord attach)
    {
        json.WriteString("namespace", attach.Namespace);
        json.WriteString("session", attach.Session);
        json.WriteBoolean("mustExist", attach.MustExist);
        if (attach.Last is { } last)
        {
            json.WriteNumber("last", last);
        }
        else
        {
            json.WriteNumber("from", attach.From);
        }

        json.WriteStartArray("rooms");
        foreach (string room in attach.Rooms)
        {
            json.WriteStringValue(room);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, StoredEvent stored, in Sessions sessions)
    {
        json.WriteString("namespace", stored.Namespace.Span);
        if (!stored.From.IsEmpty)
        {
            json.WriteString("from", stored.From.Span);
        }
        else if (stored.SenderId != 0)
        {
            json.WriteNumber("senderId", stored.SenderId);
        }

        if (!stored.Reference.IsEmpty)
        {
            json.WriteString("ref", stored.Reference.Span);
        }

        if (!stored.User.IsEmpty)
        {
            json.WritePropertyName("user");
            json.WriteRawValue(stored.User.Span);
        }

        if (stored.IsOwnKey)
        {
            json.WriteBoolean("ownKey", true);
        }

        if (stored.Cause.IsKnown)
        {
            json.WriteStartObject("handling");
            WriteSession(json, stored.Cause.SessionId, sessions);
            json.WriteNumber("event", stored.Cause.Number);
            json.WriteEndObject();
        }

        json.WriteString("event", stored.Event.Span);
        json.WriteStartArray("to");
        foreach (ReadOnlyMemory<byte> target in stored.To)
        {
            json.WriteStringValue(target.Span);
        }

        json.WriteEndArray();
        if (stored.Except.Length > 0)
        {
            json.WriteStartArray("except");
            foreach (long id in stored.Except)
            {
                if (sessions.Find(id) is { } excluded)
                {
                    json.WriteStringValue(excluded.Address);
                }
                else
                {
                    json.WriteNumberValue(id);
                }
            }

            json.WriteEndArray();
        }

        if (stored.Deadline != long.MaxValue)
        {
            json.WriteNumber("deadline", stored.Deadline);
        }

        if (!stored.Data.IsEmpty)
        {
            // As the client wrote it, because it was checked on arrival; but on one line.
            json.WritePropertyName("data");
            using JsonDocument data = JsonDocument.Parse(stored.Data, AnyDepth);
            data.WriteTo(json);
        }

        if (stored.HasSeveralArguments)
        {
            json.WriteBoolean("args", true);
        }

        if (!stored.Trace.IsEmpty)
        {
            json.WriteString("trace", stored.Trace.Span);
        }
    }

    private static void WriteAcknowledged(Utf8JsonWriter json, IReadOnlyList<Progress> acknowledged, in Sessions sessions)
    {
        json.WriteStartArray("sessions");
        foreach (Progress progress in acknowledged)
        {
            if (sessions.Shows(progress.SessionId))
            {
                json.WriteStartObject();
                Write(json, progress, sessions);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, in Progress progress, in Sessions sessions)
    {
        WriteSession(json, progress.SessionId, sessions);
        json.WriteNumber("upTo", progress.Cursor);
        json.WriteStartArray("but");
        foreach (long hole in progress.Holes)
        {
            json.WriteNumberValue(hole);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, DroppedRecord dropped, in Sessions sessions)
    {
        json.WriteStartArray("ranges");
        foreach (SequenceRange range in dropped.Ranges)
        {
            json.WriteStartArray();
            json.WriteNumberValue(range.First);
            json.WriteNumberValue(range.Last);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteStartArray("backlogs");
        foreach (BacklogCut cut in dropped.Backlogs)
        {
            json.WriteStartObject();
            WriteSession(json, cut.SessionId, sessions);
            json.WriteNumber("upTo", cut.UpTo);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteSession(Utf8JsonWriter json, long id, in Sessions sessions)
    {
        if (sessions.Find(id) is { } session)
        {
            json.WriteString("session", session.Address);
            json.WriteString("namespace", session.Namespace);
        }
        else
        {
            json.WriteNumber("sessionId", id);
        }
    }

    private static void WriteRaw(Utf8JsonWriter json, in LogRecord record)
    {
        json.WriteNumber("typeNumber", record.Type);
        json.WriteNumber("version", record.Version);
        json.WriteBase64String("payload", record.Payload.Span);
    }
}
