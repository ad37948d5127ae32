using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MessageQueue.Handlers;

namespace MessageQueue;

/// <summary>
/// An event from a client, as it came. A handler gets it where it asks for it: as the argument of <c>On&lt;ReceivedEvent&gt;</c>, or as the last one beside those
/// that are read from the data. Immutable and thread-safe; may be kept.
/// </summary>
public sealed class ReceivedEvent
{
    private readonly Json _json;

    internal ReceivedEvent(Json json, string name, ReadOnlyMemory<byte> data, string? reference)
    {
        _json = json;
        Name = name;
        Data = data;
        Reference = reference;
    }

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>Its JSON text in UTF-8, as the client wrote it; empty where it sent no data.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>The client's own reference (<c>id</c>), 1 to 128 characters; null for none. The same when the client repeats the event.</summary>
    public string? Reference { get; }

    /// <summary>The event's number in the log, for a durable handler; the same at every run for this event. 0 where the event is not stored.</summary>
    public long Number { get; internal init; }

    /// <summary>Whether a handler may have seen it before: it was stored, and the server ended before the handler had finished.</summary>
    public bool Redelivered { get; internal init; }

    /// <summary>Reads the data, with the metadata that the server's <see cref="MessageQueueOptions.JsonSerializerOptions"/> have for the type.</summary>
    /// <returns>Null or the default value where there is no data.</returns>
    /// <exception cref="JsonException">The data is not what the type takes.</exception>
    /// <exception cref="NotSupportedException">There is no metadata for the type: add it to the app's JSON context.</exception>
    public T? Read<T>() => _json.Read<T>(Data);

    /// <summary>Reads the data.</summary>
    /// <returns>Null or the default value where there is no data.</returns>
    /// <exception cref="JsonException">The data is not what the type takes.</exception>
    public T? Read<T>(JsonTypeInfo<T> typeInfo) => Json.Read(Data, typeInfo);
}
