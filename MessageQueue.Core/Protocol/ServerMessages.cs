using System.Buffers;
using System.Text;

namespace MessageQueue.Protocol;

/// <summary>
/// Writes the messages to a client, one JSON object each, to an output. The order of the fields is that of the table in the protocol. Names
/// must be valid UTF-8 and data valid JSON; neither is checked here, because both were checked when they arrived. Nothing is allocated,
/// except for errors.
/// </summary>
internal static class ServerMessages
{
    // More than the keys, punctuation and numbers of any one message take together; a test fails if that is no longer true.
    private const int FixedBytes = 192;

    /// <summary>Writes the first message of every connection.</summary>
    public static void WriteWelcome(IBufferWriter<byte> output, in WelcomeMessage message)
    {
        int names = JsonName.EncodedLength(message.Session) + JsonName.EncodedLength(message.Alias)
            + JsonName.EncodedLength(message.Server) + JsonName.EncodedLength(message.Log);
        JsonAppender json = new(output, FixedBytes + names + message.Continues.Length);
        json.Append("{\"type\":\"welcome\",\"session\":"u8, message.Session);
        json.AppendOptional(",\"alias\":"u8, message.Alias);
        json.Append(message.Resumed ? ",\"resumed\":true"u8 : ",\"resumed\":false"u8);
        json.Append(",\"pending\":"u8, message.Pending);
        if (message.More)
        {
            json.Append(",\"more\":true"u8);
        }

        json.Append(",\"window\":"u8, message.Window);
        json.Append(",\"maxBytes\":"u8, message.MaxBytes);
        json.Append(",\"server\":"u8, message.Server);
        json.Append(",\"log\":"u8, message.Log);
        if (!message.Continues.IsEmpty)
        {
            json.Append(",\"continues\":"u8);
            json.Append(message.Continues);
        }

        json.Finish();
    }

    /// <summary>Writes an event for the session.</summary>
    public static void WriteEvent(IBufferWriter<byte> output, in EventMessage message)
    {
        int names = JsonName.EncodedLength(message.Event) + JsonName.EncodedLength(message.Room) + JsonName.EncodedLength(message.From)
            + JsonName.EncodedLength(message.Trace);
        JsonAppender json = new(output, FixedBytes + names + message.Data.Length);
        json.Append("{\"type\":\"event\""u8);
        if (message.Id is long id)
        {
            json.Append(",\"id\":"u8, id);
        }

        json.Append(",\"event\":"u8, message.Event);
        AppendData(ref json, message.Data, message.HasSeveralArguments);
        json.AppendOptional(",\"room\":"u8, message.Room);
        json.AppendOptional(",\"from\":"u8, message.From);
        json.Append(",\"time\":"u8, message.Time);
        if (message.Redelivered)
        {
            json.Append(",\"redelivered\":true"u8);
        }

        if (message.Reply)
        {
            json.Append(",\"reply\":true"u8);
        }

        json.AppendOptional(",\"trace\":"u8, message.Trace);
        json.Finish();
    }

    /// <summary>Writes the answer to a request that succeeded.</summary>
    public static void WriteAck(IBufferWriter<byte> output, in AckMessage message)
    {
        JsonAppender json = new(output, FixedBytes + JsonName.EncodedLength(message.Reference) + message.Data.Length);
        json.Append("{\"type\":\"ack\""u8);
        json.AppendOptional(",\"ref\":"u8, message.Reference);
        if (message.Id is long id)
        {
            json.Append(",\"id\":"u8, id);
        }

        AppendData(ref json, message.Data, message.HasSeveralArguments);
        if (message.Duplicate)
        {
            json.Append(",\"duplicate\":true"u8);
        }

        json.Finish();
    }

    /// <summary>Writes the answer to a request that was refused. An empty reference is left out.</summary>
    public static void WriteError(IBufferWriter<byte> output, ProtocolError error, ReadOnlySpan<byte> reference)
    {
        // The texts may come from a handler and hold anything. Lone surrogates become U+FFFD.
        byte[] code = Encoding.UTF8.GetBytes(error.Code);
        byte[] text = Encoding.UTF8.GetBytes(error.Message);
        int names = JsonName.EncodedLength(code) + JsonName.EncodedLength(text) + JsonName.EncodedLength(reference);
        JsonAppender json = new(output, FixedBytes + names);
        json.Append("{\"type\":\"error\",\"code\":"u8, code);
        json.Append(",\"message\":"u8, text);
        json.AppendOptional(",\"ref\":"u8, reference);
        json.Finish();
    }

    /// <summary>Writes which pending events were dropped, both ends inclusive. The count is left out if it is unknown.</summary>
    public static void WriteGap(IBufferWriter<byte> output, long from, long to, long? count)
    {
        JsonAppender json = new(output, FixedBytes);
        json.Append("{\"type\":\"gap\",\"from\":"u8, from);
        json.Append(",\"to\":"u8, to);
        if (count is long known)
        {
            json.Append(",\"count\":"u8, known);
        }

        json.Finish();
    }

    /// <summary>Writes that the token of the connection expires.</summary>
    public static void WriteExpiring(IBufferWriter<byte> output, long milliseconds)
    {
        JsonAppender json = new(output, FixedBytes);
        json.Append("{\"type\":\"expiring\",\"in\":"u8, milliseconds);
        json.Finish();
    }

    /// <summary>Writes the answer to a ping. An empty reference is left out.</summary>
    public static void WritePong(IBufferWriter<byte> output, ReadOnlySpan<byte> reference)
    {
        JsonAppender json = new(output, FixedBytes + JsonName.EncodedLength(reference));
        json.Append("{\"type\":\"pong\""u8);
        json.AppendOptional(",\"ref\":"u8, reference);
        json.Finish();
    }

    /// <summary>Writes who is in a room.</summary>
    public static void WritePresence(IBufferWriter<byte> output, PresenceMessage message)
    {
        byte[] room = Encoding.UTF8.GetBytes(message.Room);
        int entries = Length(message.Members ?? []) + Length(message.Joined) + Length(message.Left);
        JsonAppender json = new(output, FixedBytes + JsonName.EncodedLength(room) + entries);
        json.Append("{\"type\":\"presence\",\"room\":"u8, room);
        if (message.IsEnd)
        {
            json.Append(",\"ended\":true"u8);
            json.Finish();
            return;
        }

        json.Append(",\"version\":"u8, message.Version);
        json.Append(",\"count\":"u8, message.Count);
        if (message.Members is { } members)
        {
            AppendSessions(ref json, ",\"members\":["u8, members);
            AppendPart(ref json, message);
        }

        AppendDifference(ref json, message);
        json.Append(message.IsCountOnly ? ",\"many\":true"u8 : default);
        json.Finish();
    }

    private static void AppendPart(ref JsonAppender json, PresenceMessage message)
    {
        if (message.Part > 1)
        {
            json.Append(",\"part\":"u8, message.Part);
        }

        json.Append(message.HasMore ? ",\"more\":true"u8 : default);
    }

    private static void AppendDifference(ref JsonAppender json, PresenceMessage message)
    {
        if (message.Joined.Count > 0)
        {
            AppendSessions(ref json, ",\"joined\":["u8, message.Joined);
        }

        for (int i = 0; i < message.Left.Count; i++)
        {
            json.Append(i == 0 ? ",\"left\":["u8 : ","u8, message.Left[i].Address.Span);
        }

        json.Append(message.Left.Count > 0 ? "]"u8 : default);
    }

    private static void AppendSessions(ref JsonAppender json, ReadOnlySpan<byte> key, IReadOnlyList<PresenceEntry> entries)
    {
        json.Append(key);
        for (int i = 0; i < entries.Count; i++)
        {
            json.Append(i == 0 ? "{\"session\":"u8 : ",{\"session\":"u8, entries[i].Address.Span);
            AppendData(ref json, entries[i].Data.Span, hasSeveralArguments: false);
            json.Append("}"u8);
        }

        json.Append("]"u8);
    }

    private static int Length(IReadOnlyList<PresenceEntry> entries)
    {
        // More than the keys and punctuation of an entry take together.
        const int EntryBytes = 32;
        int length = 0;
        foreach (PresenceEntry entry in entries)
        {
            length += EntryBytes + JsonName.EncodedLength(entry.Address.Span) + entry.Data.Length;
        }

        return length;
    }

    private static void AppendData(ref JsonAppender json, ReadOnlySpan<byte> data, bool hasSeveralArguments)
    {
        if (!data.IsEmpty)
        {
            json.Append(",\"data\":"u8);
            json.Append(data);
        }

        if (hasSeveralArguments)
        {
            json.Append(",\"args\":true"u8);
        }
    }
}
