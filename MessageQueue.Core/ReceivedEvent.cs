using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MessageQueue.Handlers;
using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue;

/// <summary>
/// An event as the server received it. A handler gets it on request: as the argument of <c>On&lt;ReceivedEvent&gt;</c>, or as the last
/// argument, after those that are read from the data. <see cref="Namespace.OnEmitted"/> and <see cref="Namespace.HistoryAsync"/> return
/// events that were emitted to rooms. Immutable and thread-safe; may be kept.
/// </summary>
public sealed class ReceivedEvent
{
    private readonly Json _json;

    internal ReceivedEvent(Json json, string name, EventData content, string? reference)
    {
        _json = json;
        Name = name;
        Content = content;
        Reference = reference;
    }

    /// <summary>The event's name.</summary>
    public string Name { get; }

    /// <summary>The data: JSON text in UTF-8, exactly as it was sent; empty where there is none.</summary>
    public ReadOnlyMemory<byte> Data => Content.Json;

    /// <summary>Whether the data is an array whose entries are the arguments. If not, the data is the only argument.</summary>
    public bool HasSeveralArguments => Content.HasSeveralArguments;

    /// <summary>The arguments, one for each value that the sender emitted; none where there is no data.</summary>
    public ReceivedArguments Arguments => field ??= new ReceivedArguments(_json, Content);

    internal EventData Content { get; }

    /// <summary>
    /// The sender's own reference (<c>id</c>), 1 to 128 characters; null for none. It is the same when the sender repeats the event.
    /// </summary>
    public string? Reference { get; }

    /// <summary>
    /// The event's number in the log; 0 where the event is not stored. For a durable handler or an observer it is the same in every run for
    /// this event.
    /// </summary>
    public long Number { get; internal init; }

    /// <summary>
    /// Whether a handler or observer may have seen the event before: the server ended after it stored the event and before the handler had
    /// finished.
    /// </summary>
    public bool Redelivered { get; internal init; }

    /// <summary>
    /// The address of the session that sent the event; null where the server emitted it, or where it was published without a session.
    /// </summary>
    public string? From { get; internal init; }

    /// <summary>
    /// The time at which the event was stored, in UTC and whole milliseconds. For an event that is not stored: the time at which it came.
    /// </summary>
    public DateTimeOffset Time { get; internal init; }

    /// <summary>
    /// The rooms that the event was emitted to, in the sender's order: <c>*</c> for everyone, <c>@NAME</c> for a session. Empty for an
    /// event that is for a handler.
    /// </summary>
    public IReadOnlyList<string> To { get; internal init; } = [];

    /// <summary>
    /// The trace that the event belongs to: what the sender gave as <c>trace</c>, a W3C <c>traceparent</c>; null where there is none. The
    /// activity of a handler continues it by itself.
    /// </summary>
    public string? Trace { get; internal init; }

    /// <summary>Returns an event of the log.</summary>
    internal static ReceivedEvent Of(Json json, StoredEvent stored, bool redelivered) => new(
        json,
        Encoding.UTF8.GetString(stored.Event.Span),
        stored.Content,
        stored.Reference.IsEmpty ? null : Encoding.UTF8.GetString(stored.Reference.Span))
    {
        Number = stored.Sequence,
        Redelivered = redelivered,
        From = stored.From.IsEmpty ? null : Encoding.UTF8.GetString(stored.From.Span),
        Time = DateTimeOffset.FromUnixTimeMilliseconds(stored.Time),
        Trace = stored.Trace.IsEmpty ? null : Encoding.UTF8.GetString(stored.Trace.Span),
        To =
        [
            .. stored.To.ToArray().Where(static target => target.Length > 1 || target.Span[0] != Names.SessionTargetPrefix)
                .Select(static target => Encoding.UTF8.GetString(target.Span)),
        ],
    };

    /// <summary>
    /// Reads the data, using the type's metadata in the server's <see cref="MessageQueueOptions.JsonSerializerOptions"/>. Of several
    /// arguments it reads the first.
    /// </summary>
    /// <returns>Null or the default value where there is no data.</returns>
    /// <exception cref="JsonException">The data does not fit the type.</exception>
    /// <exception cref="NotSupportedException">There is no metadata for the type: add it to the app's JSON context.</exception>
    public T? Read<T>() => _json.Read<T>(Content);

    /// <summary>Reads the data, using the given metadata. Of several arguments it reads the first.</summary>
    /// <returns>Null or the default value where there is no data.</returns>
    /// <exception cref="JsonException">The data does not fit the type.</exception>
    public T? Read<T>(JsonTypeInfo<T> typeInfo) => Json.Read(Content, typeInfo);
}
