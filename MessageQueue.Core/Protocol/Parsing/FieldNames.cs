using System.Text.Json;

namespace MessageQueue.Protocol.Parsing;

/// <summary>From the key of a field to the field.</summary>
internal static class FieldNames
{
    /// <summary>The longest key, each character of it written as <c>\uXXXX</c>: anything longer is unknown.</summary>
    private const int MaxEscapedBytes = 8 * 6;

    /// <summary>
    /// The field whose key the reader is at; <see cref="MessageField.Reference"/> stands for <c>id</c>,
    /// <see cref="MessageField.None"/> for keys to ignore.
    /// </summary>
    public static MessageField Find(ref Utf8JsonReader json, NameBuffer names)
    {
        if (!json.ValueIsEscaped)
        {
            return Find(json.ValueSpan);
        }

        return json.ValueSpan.Length <= MaxEscapedBytes && JsonScanner.TryUnescape(ref json, names, out ReadOnlyMemory<byte> key)
            ? Find(key.Span)
            : MessageField.None;
    }

    // By length first, so that most keys cost one comparison.
    private static MessageField Find(ReadOnlySpan<byte> key) => key.Length switch
    {
        2 when key.SequenceEqual("id"u8) => MessageField.Reference,
        2 when key.SequenceEqual("to"u8) => MessageField.To,
        3 when key.SequenceEqual("ttl"u8) => MessageField.TimeToLive,
        4 when key.SequenceEqual("type"u8) => MessageField.Type,
        4 when key.SequenceEqual("data"u8) => MessageField.Data,
        4 when key.SequenceEqual("room"u8) => MessageField.Room,
        4 when key.SequenceEqual("echo"u8) => MessageField.Echo,
        4 when key.SequenceEqual("upTo"u8) => MessageField.UpTo,
        5 when key.SequenceEqual("event"u8) => MessageField.Event,
        5 when key.SequenceEqual("delay"u8) => MessageField.Delay,
        8 when key.SequenceEqual("volatile"u8) => MessageField.Volatile,
        _ => MessageField.None,
    };
}
