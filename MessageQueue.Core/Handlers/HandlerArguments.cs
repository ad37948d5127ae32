using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace MessageQueue.Handlers;

/// <summary>
/// The arguments of a handler, read from an event. A last argument of type <see cref="ReceivedEvent"/> is the event itself, and one of type
/// <see cref="ReceivedArguments"/> is all of the event's. A single other argument is the event's first. Several are the event's in their
/// order; data that is one array counts as several here.
/// </summary>
internal readonly struct HandlerArguments
{
    private readonly Json _json;
    private readonly ReceivedEvent _event;
    private readonly ReceivedArguments? _several;

    /// <param name="json">The reader.</param>
    /// <param name="received">The event.</param>
    /// <param name="count">The number of arguments that are read from the data.</param>
    public HandlerArguments(Json json, ReceivedEvent received, int count)
    {
        _json = json;
        _event = received;
        _several = count <= 1 ? null
            : received.Data.Span is [(byte)'[', ..] ? new ReceivedArguments(json, received.Content with { HasSeveralArguments = true })
            : received.Arguments;
    }

    /// <summary>Returns how many of a handler's arguments are read from the data.</summary>
    public static int CountOf(Type last, int all) => last == typeof(ReceivedEvent) ? all - 1 : all;

    /// <summary>Returns one argument. One that the client left out has its default value.</summary>
    public T Get<T>(int index)
    {
        if (typeof(T) == typeof(ReceivedEvent))
        {
            return (T)(object)_event;
        }

        if (typeof(T) == typeof(ReceivedArguments))
        {
            return (T)(object)_event.Arguments;
        }

        try
        {
            return (_several is null ? _json.Read<T>(_event.Content) : _several.Read<T>(index))!;
        }
        catch (JsonException exception)
        {
            throw Mismatch(index, exception);
        }
    }

    /// <summary>Returns the only argument, read with the given metadata.</summary>
    public T Get<T>(JsonTypeInfo<T> typeInfo)
    {
        try
        {
            return Json.Read(_event.Content, typeInfo)!;
        }
        catch (JsonException exception)
        {
            throw Mismatch(0, exception);
        }
    }

    private DataMismatchException Mismatch(int index, JsonException exception)
    {
        bool isEntry = (_several?.Content ?? _event.Content).HasSeveralArguments;
        return new DataMismatchException($"the {(isEntry ? $"data[{index}]" : "data")} does not fit the handler of this event", exception);
    }
}
