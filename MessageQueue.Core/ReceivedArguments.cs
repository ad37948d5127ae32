using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MessageQueue.Handlers;
using MessageQueue.Protocol;

namespace MessageQueue;

/// <summary>
/// The arguments of a received event, or the values of an answer. Get it from <see cref="ReceivedEvent.Arguments"/>, as the type of a
/// handler's argument, or as the type of an answer: <c>EmitWithAckAsync&lt;ReceivedArguments&gt;</c>. It can be emitted again as data,
/// unchanged. Immutable and thread-safe; may be kept.
/// </summary>
public sealed class ReceivedArguments
{
    // The text was checked when it came. What the server emits may be nested as deep as its own code writes it.
    private static readonly JsonReaderOptions AnyDepth = new() { MaxDepth = int.MaxValue };

    private readonly Json _json;
    private readonly List<ReadOnlyMemory<byte>> _entries;

    internal ReceivedArguments(Json json, EventData content)
    {
        _json = json;
        Content = content;
        _entries = content.HasSeveralArguments ? Split(content.Json) : content.Json.IsEmpty ? [] : [content.Json];
    }

    /// <summary>The number of arguments; 0 where there is no data.</summary>
    public int Count => _entries.Count;

    internal EventData Content { get; }

    /// <summary>The arguments as JSON texts in UTF-8, each exactly as it was sent.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Texts => _entries;

    /// <summary>
    /// Reads an argument, using the type's metadata in the server's <see cref="MessageQueueOptions.JsonSerializerOptions"/>.
    /// </summary>
    /// <returns>Null or the default value where there are not so many arguments.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The index is negative.</exception>
    /// <exception cref="JsonException">The argument does not fit the type.</exception>
    /// <exception cref="NotSupportedException">There is no metadata for the type: add it to the app's JSON context.</exception>
    public T? Read<T>(int index) => _json.Read<T>(TextOf(index));

    /// <summary>Reads an argument, using the given metadata.</summary>
    /// <returns>Null or the default value where there are not so many arguments.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The index is negative.</exception>
    /// <exception cref="JsonException">The argument does not fit the type.</exception>
    public T? Read<T>(int index, JsonTypeInfo<T> typeInfo) => Json.Read(TextOf(index), typeInfo);

    /// <summary>Returns the entries of an array, as slices of its text.</summary>
    internal static List<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> array)
    {
        List<ReadOnlyMemory<byte>> entries = [];
        Utf8JsonReader reader = new(array.Span, AnyDepth);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            entries.Add(array[start..(int)reader.BytesConsumed]);
        }

        return entries;
    }

    private ReadOnlyMemory<byte> TextOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return index < _entries.Count ? _entries[index] : default;
    }
}
