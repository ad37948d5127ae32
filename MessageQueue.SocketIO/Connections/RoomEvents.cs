using System.Text.Json;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.Protocol.Parsing;
using MessageQueue.SocketIO.Packets;

namespace MessageQueue.SocketIO.Connections;

/// <summary>
/// The events by which a client joins, leaves and emits to rooms, and acknowledges by number, without code on the server: see
/// docs/socketio.md.
/// </summary>
internal static class RoomEvents
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = Payload.MaxDepth };

    /// <summary>
    /// Fills the request if its event is one of these. Returns false if it is not.
    /// </summary>
    /// <param name="payload">The payload, which is a valid event.</param>
    /// <param name="limits">The limits of the server.</param>
    /// <param name="request">The request, with its event and reference.</param>
    /// <param name="result">What came of it.</param>
    public static bool TryRead(ReadOnlyMemory<byte> payload, BrokerLimits limits, ClientRequest request, out ReadResult result)
    {
        try
        {
            result = Read(payload, limits, request);
        }
        catch (InvalidOperationException)
        {
            result = Bad("a text is not Unicode");
        }

        return result.IsPacket;
    }

    /// <summary>Reads the event by which a client sends a new token.</summary>
    public static ReadResult ReadToken(ReadOnlyMemory<byte> payload, ClientRequest request)
    {
        Utf8JsonReader json = new(payload.Span, Options);
        json.Read();
        json.Read();
        json.Read();
        if (json.TokenType != JsonTokenType.String || json.ValueIsEscaped || json.ValueSpan.IsEmpty)
        {
            return Bad("the first argument has to be a token, a signed JWT");
        }

        request.Type = ClientRequestType.Token;
        request.Token = payload.Slice((int)json.TokenStartIndex + 1, json.ValueSpan.Length);
        return new ReadResult(IsPacket: true);
    }

    private static ReadResult Read(ReadOnlyMemory<byte> payload, BrokerLimits limits, ClientRequest request)
    {
        ReadOnlySpan<byte> name = request.Event.Span;
        Utf8JsonReader json = new(payload.Span, Options);
        json.Read();
        json.Read();
        return name.SequenceEqual("mq:join"u8) ? ReadRoom(payload, ref json, request, ClientRequestType.Join)
            : name.SequenceEqual("mq:leave"u8) ? ReadRoom(payload, ref json, request, ClientRequestType.Leave)
            : name.SequenceEqual("mq:emit"u8) ? ReadEmit(payload, ref json, limits, request)
            : name.SequenceEqual("mq:ack"u8) ? ReadAck(ref json, request)
            : default;
    }

    private static ReadResult ReadRoom(
        ReadOnlyMemory<byte> payload, ref Utf8JsonReader json, ClientRequest request, ClientRequestType type)
    {
        json.Read();
        request.Type = type;
        if (!TryReadText(payload, ref json, request, out ReadOnlyMemory<byte> room) || Names.CheckRoom(room.Span) != FieldState.Valid)
        {
            return Bad("the first argument has to be a room: 1 to 128 characters, not * and not starting with @");
        }

        request.Room = room;
        return new ReadResult(IsPacket: true);
    }

    private static ReadResult ReadEmit(ReadOnlyMemory<byte> payload, ref Utf8JsonReader json, BrokerLimits limits, ClientRequest request)
    {
        json.Read();
        string? wrong = json.TokenType == JsonTokenType.StartObject
            ? ReadOptions(payload, ref json, limits, request)
            : ReadTargets(payload, ref json, limits, request);
        if (wrong is not null)
        {
            return Bad(wrong);
        }

        json.Read();
        if (request.To.Count == 0)
        {
            return Bad("the first argument has to be a room, an array of rooms, or an object with to");
        }

        if (!TryReadText(payload, ref json, request, out ReadOnlyMemory<byte> name) || Names.Check(name.Span) != FieldState.Valid)
        {
            return Bad("the second argument has to be the name of an event: 1 to 128 characters");
        }

        request.Event = name;
        return new ReadResult(IsPacket: true, Rented: RequestReader.SetData(request, Payload.ReadRest(payload, ref json)));
    }

    private static ReadResult ReadAck(ref Utf8JsonReader json, ClientRequest request)
    {
        json.Read();
        bool isText = json.TokenType == JsonTokenType.String;
        bool isNumber = isText ? long.TryParse(json.GetString(), out long number) : json.TryGetInt64(out number);
        if (!isNumber || number < 1)
        {
            return Bad("the first argument has to be the number of an event");
        }

        request.Type = ClientRequestType.Ack;
        request.Ids.Add(number);
        return new ReadResult(IsPacket: true);
    }

    // { to, volatile, echo, ttl }, as in the JSON protocol.
    private static string? ReadOptions(ReadOnlyMemory<byte> payload, ref Utf8JsonReader json, BrokerLimits limits, ClientRequest request)
    {
        string? wrong = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isTo = json.ValueTextEquals("to"u8);
            bool isVolatile = json.ValueTextEquals("volatile"u8);
            bool isEcho = json.ValueTextEquals("echo"u8);
            bool isTtl = json.ValueTextEquals("ttl"u8);
            json.Read();
            bool isBoolean = json.TokenType is JsonTokenType.True or JsonTokenType.False;
            if (isTo)
            {
                wrong ??= ReadTargets(payload, ref json, limits, request);
            }
            else if ((isVolatile || isEcho) && !isBoolean)
            {
                wrong ??= "volatile and echo have to be true or false";
            }
            else if (isVolatile || isEcho)
            {
                request.Volatile = isVolatile ? json.GetBoolean() : request.Volatile;
                request.Echo = isEcho ? json.GetBoolean() : request.Echo;
            }
            else if (isTtl)
            {
                bool isInteger = json.TokenType == JsonTokenType.Number && json.TryGetInt64(out long ttl)
                    && ttl is >= 1 and <= Packet.MaxId;
                wrong ??= isInteger ? null : "ttl has to be an integer, 1 to 9007199254740991 (milliseconds)";
                request.TimeToLive = isInteger ? json.GetInt64() : null;
            }

            json.Skip();
        }

        return wrong;
    }

    private static string? ReadTargets(ReadOnlyMemory<byte> payload, ref Utf8JsonReader json, BrokerLimits limits, ClientRequest request)
    {
        const string Wrong = "a room has to be 1 to 128 characters; * means everyone, and @ stands before a session";
        bool isArray = json.TokenType == JsonTokenType.StartArray;
        string? wrong = null;
        while (!isArray || (json.Read() && json.TokenType != JsonTokenType.EndArray))
        {
            bool isName = TryReadText(payload, ref json, request, out ReadOnlyMemory<byte> name)
                && Names.CheckTarget(name.Span) == FieldState.Valid;
            json.Skip();
            wrong ??= !isName ? Wrong
                : request.To.Count == limits.MaxRoomsPerEmit ? $"there may be {limits.MaxRoomsPerEmit} rooms at most"
                : null;
            if (wrong is null)
            {
                request.To.Add(name);
            }

            if (!isArray)
            {
                break;
            }
        }

        return wrong;
    }

    private static bool TryReadText(
        ReadOnlyMemory<byte> payload, ref Utf8JsonReader json, ClientRequest request, out ReadOnlyMemory<byte> text)
    {
        text = default;
        if (json.TokenType != JsonTokenType.String || json.ValueSpan.Length > Names.MaxNameCharacters * 12)
        {
            return false;
        }

        if (json.ValueIsEscaped)
        {
            return JsonScanner.TryUnescape(ref json, request.NameBuffer, out text);
        }

        text = payload.Slice((int)json.TokenStartIndex + 1, json.ValueSpan.Length);
        return true;
    }

    private static ReadResult Bad(string message) => new(IsPacket: true, new ProtocolError(ErrorCode.BadMessage, message));
}
