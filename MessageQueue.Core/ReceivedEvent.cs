using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MessageQueue.Handlers;
using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue;

/// <summary>
/// An event as it came. A handler gets it where it asks for it: as the argument of <c>On&lt;ReceivedEvent&gt;</c>, or as the last one
/// beside those that are read from the data. <see cref="Namespace.OnEmitted"/> and <see cref="Namespace.HistoryAsync"/> give those that
/// were emitted to rooms. Immutable and thread-safe; may be kept.
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

    /// <summary>Its JSON text in UTF-8, as it was written; empty where it has no data.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>
    /// The sender's own reference (<c>id</c>), 1 to 128 characters; null for none. The same when the sender repeats the event.
    /// </summary>
    public string? Reference { get; }

    /// <summary>
    /// The event's number in the log; for a durable handler or an observer the same at every run for this event. 0 where the event is not
    /// stored.
    /// </summary>
    public long Number { get; internal init; }

    /// <summary>
    /// Whether a handler or observer may have seen it before: it was stored, and the server ended before the handler had finished.
    /// </summary>
    public bool Redelivered { get; internal init; }

    /// <summary>
    /// The address of the session that it is from; null where the server emitted it, or it was published without a session.
    /// </summary>
    public string? From { get; internal init; }

    /// <summary>When it was stored, in UTC and whole milliseconds; where it is not stored, when it came.</summary>
    public DateTimeOffset Time { get; internal init; }

    /// <summary>
    /// The rooms that it was emitted to, in the sender's order: <c>*</c> for everyone, <c>@NAME</c> for a session. Empty where it is for a
    /// handler.
    /// </summary>
    public IReadOnlyList<string> To { get; internal init; } = [];

    /// <summary>The event as the log holds it.</summary>
    internal static ReceivedEvent Of(Json json, StoredEvent stored, bool redelivered) => new(
        json, Encoding.UTF8.GetString(stored.Event.Span), stored.Data, stored.Reference.IsEmpty ? null : Encoding.UTF8.GetString(stored.Reference.Span))
    {
        Number = stored.Sequence,
        Redelivered = redelivered,
        From = stored.From.IsEmpty ? null : Encoding.UTF8.GetString(stored.From.Span),
        Time = DateTimeOffset.FromUnixTimeMilliseconds(stored.Time),
        To = [.. stored.To.ToArray().Where(static target => target.Length > 1 || target.Span[0] != Names.SessionTargetPrefix).Select(static target => Encoding.UTF8.GetString(target.Span))],
    };

    /// <summary>
    /// Reads the data, with the metadata that the server's <see cref="MessageQueueOptions.JsonSerializerOptions"/> have for the type.
    /// </summary>
    /// <returns>Null or the default value where there is no data.</returns>
    /// <exception cref="JsonException">The data is not what the type takes.</exception>
    /// <exception cref="NotSupportedException">There is no metadata for the type: add it to the app's JSON context.</exception>
    public T? Read<T>() => _json.Read<T>(Data);

    /// <summary>Reads the data.</summary>
    /// <returns>Null or the default value where there is no data.</returns>
    /// <exception cref="JsonException">The data is not what the type takes.</exception>
    public T? Read<T>(JsonTypeInfo<T> typeInfo) => Json.Read(Data, typeInfo);
}
