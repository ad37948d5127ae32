using System.Text;
using System.Text.Json;

namespace MessageQueue.Client.Messages;

/// <summary>A message from the server. Fields that its type does not have are null, zero or false.</summary>
internal sealed class ServerMessage
{
    /// <summary>The whole message.</summary>
    public required ReadOnlyMemory<byte> Raw { get; init; }

    public string Type { get; private set; } = "";

    public long? Id { get; private set; }

    public string? Ref { get; private set; }

    public string? Event { get; private set; }

    /// <summary>The data as JSON; empty where there is none.</summary>
    public ReadOnlyMemory<byte> Data { get; private set; }

    /// <summary>Whether the entries of the data are the arguments.</summary>
    public bool HasSeveralArguments { get; private set; }

    public string? Room { get; private set; }

    /// <summary>The sender of an event.</summary>
    public string? From { get; private set; }

    public long Time { get; private set; }

    public bool Redelivered { get; private set; }

    public bool Reply { get; private set; }

    public string? Trace { get; private set; }

    public string? Code { get; private set; }

    public string? Message { get; private set; }

    /// <summary>The first number of a gap.</summary>
    public long GapFrom { get; private set; }

    /// <summary>The last number of a gap.</summary>
    public long GapTo { get; private set; }

    public long? Count { get; private set; }

    public string? Session { get; private set; }

    public bool Resumed { get; private set; }

    public long Pending { get; private set; }

    public int Window { get; private set; }

    public int MaxBytes { get; private set; }

    public string? Log { get; private set; }

    public IReadOnlyList<ContinuedLog> Continues { get; private set; } = [];

    /// <summary>The name by which others know the session, in the welcome of a session without a name of its own.</summary>
    public string? Alias { get; private set; }

    /// <summary>What only a <c>presence</c> has; null where there is no such field.</summary>
    public PresenceFields? Presence { get; private set; }

    /// <summary>Reads a message. Fields that it does not know are passed over.</summary>
    /// <exception cref="JsonException">It is not a JSON object, or a field has another type than it should have.</exception>
    public static ServerMessage Parse(ReadOnlyMemory<byte> raw)
    {
        ServerMessage message = new() { Raw = raw };
        Utf8JsonReader reader = new(raw.Span);
        try
        {
            Expect(ref reader, JsonTokenType.StartObject);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                message.ReadField(ref reader, raw);
            }
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new JsonException(exception.Message, exception);
        }

        return message;
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType token)
    {
        if (!reader.Read() || reader.TokenType != token)
        {
            throw new JsonException($"expected {token}");
        }
    }

    private void ReadField(ref Utf8JsonReader reader, ReadOnlyMemory<byte> raw)
    {
        string? name = reader.GetString();
        reader.Read();
        switch (name)
        {
            case "type":
                Type = reader.GetString() ?? "";
                break;
            case "id":
                Id = reader.GetInt64();
                break;
            case "ref":
                Ref = reader.GetString();
                break;
            case "event":
                Event = reader.GetString();
                break;
            case "data":
                int start = (int)reader.TokenStartIndex;
                reader.Skip();
                Data = raw[start..(int)reader.BytesConsumed];
                break;
            case "args":
                HasSeveralArguments = reader.GetBoolean();
                break;
            case "room":
                Room = reader.GetString();
                break;
            case "from" when reader.TokenType == JsonTokenType.Number:
                GapFrom = reader.GetInt64();
                break;
            case "from":
                From = reader.GetString();
                break;
            case "to":
                GapTo = reader.GetInt64();
                break;
            case "time":
                Time = reader.GetInt64();
                break;
            case "redelivered":
                Redelivered = reader.GetBoolean();
                break;
            case "reply":
                Reply = reader.GetBoolean();
                break;
            case "trace" when reader.TokenType == JsonTokenType.String:
                Trace = reader.GetString();
                break;
            case "code":
                Code = reader.GetString();
                break;
            case "message":
                Message = reader.GetString();
                break;
            case "count":
                Count = reader.GetInt64();
                break;
            default:
                ReadWelcomeField(name, ref reader);
                break;
        }
    }

    private void ReadWelcomeField(string? name, ref Utf8JsonReader reader)
    {
        switch (name)
        {
            case "session":
                Session = reader.GetString();
                break;
            case "resumed":
                Resumed = reader.GetBoolean();
                break;
            case "pending":
                Pending = reader.GetInt64();
                break;
            case "window":
                Window = reader.GetInt32();
                break;
            case "maxBytes":
                MaxBytes = reader.GetInt32();
                break;
            case "log":
                Log = reader.GetString();
                break;
            case "continues":
                Continues = ReadContinues(ref reader);
                break;
            case "alias":
                Alias = reader.GetString();
                break;
            default:
                ReadPresenceField(name, ref reader);
                break;
        }
    }

    private void ReadPresenceField(string? name, ref Utf8JsonReader reader)
    {
        switch (name)
        {
            case "version":
                Fields().Version = reader.GetInt64();
                break;
            case "members":
                Fields().Members = ReadSessions(ref reader);
                break;
            case "part":
                Fields().Part = reader.GetInt32();
                break;
            case "more" when Type == "presence":
                Fields().More = reader.GetBoolean();
                break;
            case "joined":
                Fields().Joined = ReadSessions(ref reader);
                break;
            case "left":
                using (var names = JsonDocument.ParseValue(ref reader))
                {
                    Fields().Left = [.. names.RootElement.EnumerateArray().Select(session => session.GetString()!)];
                }

                break;
            case "many":
                Fields().Many = reader.GetBoolean();
                break;
            case "ended":
                Fields().Ended = reader.GetBoolean();
                break;
            default:
                reader.Skip();
                break;
        }

        PresenceFields Fields() => Presence ??= new PresenceFields();
    }

    private static List<(string Session, byte[] Data)> ReadSessions(ref Utf8JsonReader reader)
    {
        List<(string, byte[])> sessions = [];
        using var array = JsonDocument.ParseValue(ref reader);
        foreach (JsonElement entry in array.RootElement.EnumerateArray())
        {
            byte[] data = entry.TryGetProperty("data", out JsonElement shown) ? Encoding.UTF8.GetBytes(shown.GetRawText()) : [];
            sessions.Add((entry.GetProperty("session").GetString()!, data));
        }

        return sessions;
    }

    private static List<ContinuedLog> ReadContinues(ref Utf8JsonReader reader)
    {
        List<ContinuedLog> logs = [];
        using var array = JsonDocument.ParseValue(ref reader);
        foreach (JsonElement entry in array.RootElement.EnumerateArray())
        {
            logs.Add(new ContinuedLog(entry.GetProperty("log").GetString()!, entry.GetProperty("upTo").GetInt64()));
        }

        return logs;
    }
}
