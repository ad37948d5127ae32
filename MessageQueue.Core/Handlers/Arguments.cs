using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace MessageQueue.Handlers;

/// <summary>
/// The arguments of a handler, read from an event. A last argument of type <see cref="ReceivedEvent"/> is the event itself. Of the other
/// arguments, a single one is the whole data; several are the entries of the data, which must be an array then.
/// </summary>
internal readonly struct Arguments
{
    private readonly Json _json;
    private readonly ReceivedEvent _event;
    private readonly List<ReadOnlyMemory<byte>>? _entries;

    /// <param name="json">The reader.</param>
    /// <param name="received">The event.</param>
    /// <param name="count">The number of arguments that are read from the data.</param>
    public Arguments(Json json, ReceivedEvent received, int count)
    {
        _json = json;
        _event = received;
        _entries = count > 1 ? Split(received.Data) : null;
    }

    /// <summary>Returns how many of a handler's arguments are read from the data.</summary>
    public static int CountOf(Type last, int all) => last == typeof(ReceivedEvent) ? all - 1 : all;

    /// <summary>Returns one argument. An entry that the client left out has its default value.</summary>
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

    /// <summary>Returns the whole data, read with the given metadata.</summary>
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
        new($"the {place} does not fit the handler of this event", exception);

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
            throw new DataMismatchException("the handler of this event takes several values: data must be an array", null);
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
