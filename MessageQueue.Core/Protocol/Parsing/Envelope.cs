using System.Text;
using System.Text.Json;
using static MessageQueue.Protocol.ClientRequestType;

namespace MessageQueue.Protocol.Parsing;

/// <summary>
/// The only table of the fields that a client's message may have. A new field needs a row here and a property of
/// <see cref="ClientRequest"/>.
/// </summary>
internal static class Envelope
{
    /// <summary>
    /// The longest <c>delay</c> of a nack: a day, in milliseconds. A receiver that needs more time should acknowledge the event and keep it
    /// itself.
    /// </summary>
    public const long MaxDelay = 24 * 60 * 60 * 1000;

    /// <summary>
    /// The rows. Fields that some type requires come first, because the first error in this order is reported, whatever the order in the
    /// text.
    /// </summary>
    public static readonly EnvelopeField[] Fields =
    [
        new("type", static _ => $"one of {MessageTypes.All}", FieldReader.ReadType),
        new("event", AllowedName, static (ref json, in _, message) =>
        {
            FieldState state = FieldReader.ReadName(ref json, out ReadOnlyMemory<byte> name);
            message.Event = name;
            return state;
        })
        { RequiredIn = [Emit] },
        new("room", AllowedRoom, static (ref json, in _, message) =>
        {
            FieldState state = json.ReadText(out ReadOnlyMemory<byte> room);
            message.Room = room;
            return state == FieldState.Valid ? Names.CheckRoom(room.Span) : state;
        })
        { RequiredIn = [Join, Leave, Watch, Unwatch] },
        new("token", static _ => "a signed JWT", static (ref json, in _, message) =>
        {
            FieldState state = json.ReadText(out ReadOnlyMemory<byte> token);
            message.Token = token;
            return state == FieldState.Valid && token.IsEmpty ? FieldState.Empty : state;
        })
        { RequiredIn = [Token] },
        new("id", AllowedNumbers, FieldReader.ReadNumbers)
        {
            RequiredIn = [Nack],
            OptionalIn = [Ack],
        },
        new("upTo", static _ => $"an event's number, 0 to {JsonScanner.MaxSafeInteger}", static (ref json, in _, message) =>
        {
            FieldState state = json.ReadInteger(0, JsonScanner.MaxSafeInteger, out long number);
            message.UpTo = number;
            return state;
        })
        { OptionalIn = [Ack] },
        new("to", AllowedTargets, static (ref json, in limits, message) => FieldReader.ReadTargets(ref json, limits.Rooms, message.To))
        {
            OptionalIn = [Emit],
        },
        new("id", AllowedName, FieldReader.ReadReference) { OptionalIn = [Emit, Join, Leave, Watch, Unwatch, Show, End, Ping, Token] },
        new("data", static _ => "any JSON value", static (ref json, in _, message) =>
        {
            message.Data = json.ReadRaw();
            return FieldState.Valid;
        })
        { OptionalIn = [Emit, Ack, Show] },
        new("args", AllowedBoolean, static (ref json, in _, message) =>
        {
            FieldState state = json.ReadBoolean(out bool several);
            message.HasSeveralArguments = several;
            return state;
        })
        { OptionalIn = [Emit, Ack] },
        new("echo", AllowedBoolean, static (ref json, in _, message) =>
        {
            FieldState state = json.ReadBoolean(out bool echo);
            message.Echo = echo;
            return state;
        })
        { OptionalIn = [Emit] },
        new("volatile", AllowedBoolean, static (ref json, in _, message) =>
        {
            FieldState state = json.ReadBoolean(out bool isVolatile);
            message.Volatile = isVolatile;
            return state;
        })
        { OptionalIn = [Emit] },
        new("ttl", static _ => $"an integer, 1 to {JsonScanner.MaxSafeInteger} (milliseconds)", static (ref json, in _, message) =>
        {
            FieldState state = json.ReadInteger(1, JsonScanner.MaxSafeInteger, out long milliseconds);
            message.TimeToLive = milliseconds;
            return state;
        })
        { OptionalIn = [Emit] },
        new("trace", static _ => "a W3C traceparent", FieldReader.ReadTrace) { OptionalIn = [Emit] },
        new("delay", static _ => $"an integer, 0 to {MaxDelay} (milliseconds)", static (ref json, in _, message) =>
        {
            FieldState state = json.ReadInteger(0, MaxDelay, out long milliseconds);
            message.Delay = milliseconds;
            return state;
        })
        { OptionalIn = [Nack] },
    ];

    public static readonly int Type = IndexOf("type");

    /// <summary>
    /// <c>id</c> as one event number or an array of them. Which kind of <c>id</c> is right depends on the type, which may come after it.
    /// </summary>
    public static readonly int Numbers = IndexOf("id");

    /// <summary><c>id</c> as the client's own reference, a string.</summary>
    public static readonly int Reference = Array.FindLastIndex(Fields, static field => field.Key == "id");

    public static readonly int UpTo = IndexOf("upTo");

    public static readonly int Data = IndexOf("data");

    // The keys by length, so that most keys need only one comparison.
    private static readonly (byte[] Key, int Field)[][] ByKeyLength =
    [
        .. Enumerable.Range(0, Fields.Max(static field => field.Key.Length) + 1)
            .Select(length => Where(field => field.Key.Length == length))
            .Select(rows => rows.Select(static row => (Encoding.UTF8.GetBytes(Fields[row].Key), row)).ToArray()),
    ];

    // The longest key, with each character written as \uXXXX: anything longer is unknown.
    private static readonly int MaxEscapedKeyBytes = (ByKeyLength.Length - 1) * 6;

    private static readonly int[][] RequiredByType =
        [.. Enum.GetValues<ClientRequestType>().Select(type => Where(field => field.RequiredIn.Contains(type)))];

    private static readonly int[][] OptionalByType =
        [.. Enum.GetValues<ClientRequestType>().Select(type => Where(field => field.OptionalIn.Contains(type)))];

    /// <summary>Returns the rows that a message of this type requires.</summary>
    public static ReadOnlySpan<int> RequiredBy(ClientRequestType type) => RequiredByType[(int)type];

    /// <summary>Returns the optional rows of a message of this type.</summary>
    public static ReadOnlySpan<int> OptionalFor(ClientRequestType type) => OptionalByType[(int)type];

    /// <summary>
    /// Returns the row of the key at which the reader is; -1 for a key to ignore. For <c>id</c>, which has two rows, it returns the first.
    /// </summary>
    public static int Find(ref Utf8JsonReader json, NameBuffer names)
    {
        if (!json.ValueIsEscaped)
        {
            return Find(json.ValueSpan);
        }

        return json.ValueSpan.Length <= MaxEscapedKeyBytes && JsonScanner.TryUnescape(ref json, names, out ReadOnlyMemory<byte> key)
            ? Find(key.Span)
            : -1;
    }

    private static int Find(ReadOnlySpan<byte> key)
    {
        if (key.Length < ByKeyLength.Length)
        {
            foreach ((byte[] known, int field) in ByKeyLength[key.Length])
            {
                if (key.SequenceEqual(known))
                {
                    return field;
                }
            }
        }

        return -1;
    }

    private static string AllowedName(MessageLimits limits) => $"a string of 1 to {Names.MaxNameCharacters} characters";

    private static string AllowedRoom(MessageLimits limits) =>
        $"a string of 1 to {Names.MaxNameCharacters} characters, not \"*\" and not starting with \"@\"";

    private static string AllowedNumbers(MessageLimits limits) =>
        $"an event's number, 1 to {JsonScanner.MaxSafeInteger}, or an array of 1 to {limits.Numbers} of them";

    private static string AllowedBoolean(MessageLimits limits) => "true or false";

    private static string AllowedTargets(MessageLimits limits) =>
        $"a room, \"*\" or \"@SESSION\", each name 1 to {Names.MaxNameCharacters} characters, or an array of 1 to {limits.Rooms} of these";

    private static int IndexOf(string key) => Array.FindIndex(Fields, field => field.Key == key);

    private static int[] Where(Predicate<EnvelopeField> condition) =>
        [.. Enumerable.Range(0, Fields.Length).Where(field => condition(Fields[field]))];
}
