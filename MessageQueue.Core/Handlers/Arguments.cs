using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace MessageQueue.Handlers;

/// <summary>
/// The arguments of a handler, read from an event. A last argument of type <see cref="ReceivedEvent"/> is the event itself; of what is
/// left, one is the data as it is, and several are the entries of the data, which has to be an array then.
/// </summary>
internal readonly struct Arguments
{
    private readonly Json _json;
    private readonly ReceivedEvent _event;
    private readonly List<ReadOnlyMemory<byte>>? _entries;

    /// <param name="json">The reader.</param>
    /// <param name="received">The event.</param>
    /// <param name="count">How many arguments are read from the data.</param>
    public Arguments(Json json, ReceivedEvent received, int count)
    {
        _json = json;
        _event = received;
        _entries = count > 1 ? Split(received.Data) : null;
    }

    /// <summary>How many of a handler's arguments are read from the data.</summary>
    public static int CountOf(Type last, int all) => last == typeof(ReceivedEvent) ? all - 1 : all;

    /// <summary>One of them; entries that the client left out have their default value.</summary>
    public T Get<T>(int index)
    {
        if (typeof(T) == typeof(ReceivedEvent))
        {
            return (T)(object)_event;
        }

        ReadOnlyMemory<byte> text = _entries is null ? _event.Data : index < _entries.Count ? _entries[index] : default;
        try
        {
            return _json.Read<T>(text)!;
        }
        catch (JsonException exception)
        {
            throw Mismatch(_entries is null ? "data" : $"data[{index}]", exception);
        }
    }

    /// <summary>The data, by its metadata.</summary>
    public T Get<T>(JsonTypeInfo<T> typeInfo)
    {
        try
        {
            return Json.Read(_event.Data, typeInfo)!;
        }
        catch (JsonException exception)
        {
            throw Mismatch("data", exception);
        }
    }

    private static DataMismatchException Mismatch(string place, JsonException exception) =>
        new($"the {place} is not what the handler of this event takes", exception);

    private static List<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> data)
    {
        List<ReadOnlyMemory<byte>> entries = [];
        if (data.IsEmpty)
        {
            return entries;
        }

        Utf8JsonReader reader = new(data.Span);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
        {
            throw new DataMismatchException("the handler of this event takes several values: data has to be an array", null);
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            entries.Add(data[start..(int)reader.BytesConsumed]);
        }

        return entries;
    }
}
