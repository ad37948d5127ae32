using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MessageQueue.Handlers;

namespace MessageQueue;

/// <summary>
/// What the server can emit to: a <see cref="Namespace"/> (all its sessions), a <see cref="Session"/>, or a <see cref="Broadcast"/>
/// narrowed down from either. All members are thread-safe.
/// </summary>
/// <remarks>
/// An event that is not volatile is stored: the task completes with its number once it is durable and owed to every session it is for,
/// connected or not. While the server has more to store than it may hold, emitting waits, as it does for clients. A token is heeded until
/// the event is on its way to the log, and not after.
/// </remarks>
public abstract class Emitter
{
    private protected Emitter()
    {
    }

    internal abstract HandlerHost HandlerHost { get; }

    internal abstract Broadcast Target { get; }

    /// <summary>
    /// A broadcast to these as well (to these only, where no room was named before). A session in several of them gets an event once.
    /// </summary>
    /// <param name="rooms">Rooms; <c>*</c> for every session of the namespace, <c>@NAME</c> for the session that others know by that
    /// address.</param>
    /// <exception cref="ArgumentException">None is given, or one is not a name: 1 to 128 characters.</exception>
    public Broadcast To(params ReadOnlySpan<string> rooms) => Broadcasts().AddTargets(rooms);

    /// <summary>A broadcast that leaves these sessions out.</summary>
    public Broadcast Except(params ReadOnlySpan<Session> sessions) => Broadcasts().AddExceptions(sessions);

    /// <summary>A broadcast to whoever is connected now and has room for it: never stored, never repeated.</summary>
    public Broadcast Volatile => Target.AsVolatile();

    /// <summary>A broadcast of events that are no longer delivered after a time.</summary>
    /// <param name="timeToLive">Counted from when the event is stored; whole milliseconds, at least one.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is less than a millisecond.</exception>
    public Broadcast Ttl(TimeSpan timeToLive) => Target.WithTimeToLive(timeToLive);

    /// <summary>
    /// A broadcast of one event under a key, so that it can be emitted again where it is not known whether it was: the repetition stores
    /// nothing and returns the first number. A key belongs to the namespace; the last 65,536 of a server are remembered, over restarts too.
    /// In a durable handler a key is remembered until its event is finished, at least.
    /// </summary>
    /// <remarks>
    /// Within a handler, emits without a key have one by themselves, made of the event handled, what is emitted to whom, and its position
    /// among those of the same kind: always in a durable handler, and in any other where the client gave the event an <c>id</c>. So a
    /// handler that runs again stores nothing twice.
    /// </remarks>
    /// <param name="key">1 to 128 characters; the same event has the same key, and another event another.</param>
    /// <exception cref="ArgumentException">It is no key.</exception>
    public Broadcast Id(string key) => Target.WithKey(key);

    /// <summary>Emits an event without data.</summary>
    /// <returns>The event's number; 0 for a volatile one.</returns>
    /// <inheritdoc cref="EmitJsonAsync" path="/exception" />
    public Task<long> EmitAsync(string eventName, CancellationToken cancellationToken = default) => Target.SendAsync(eventName, default, cancellationToken);

    /// <summary>
    /// Emits an event with data that the server's <see cref="MessageQueueOptions.JsonSerializerOptions"/> have metadata for.
    /// </summary>
    /// <returns>The event's number; 0 for a volatile one.</returns>
    /// <exception cref="NotSupportedException">There is no metadata for the type: add it to the app's JSON context.</exception>
    /// <inheritdoc cref="EmitJsonAsync" path="/exception" />
    public Task<long> EmitAsync<T>(string eventName, T data, CancellationToken cancellationToken = default) =>
        Target.SendAsync(eventName, HandlerHost.Json.Write(data), cancellationToken);

    /// <summary>Emits an event with data.</summary>
    /// <returns>The event's number; 0 for a volatile one.</returns>
    /// <inheritdoc cref="EmitJsonAsync" path="/exception" />
    public Task<long> EmitAsync<T>(string eventName, T data, JsonTypeInfo<T> typeInfo, CancellationToken cancellationToken = default) =>
        Target.SendAsync(eventName, Json.Write(data, typeInfo), cancellationToken);

    /// <summary>Emits an event whose data is JSON text already.</summary>
    /// <param name="eventName">1 to 128 characters.</param>
    /// <param name="json">One JSON value in UTF-8, which receivers get as it is.</param>
    /// <param name="cancellationToken">See the remarks of this type.</param>
    /// <returns>The event's number; 0 for a volatile one.</returns>
    /// <exception cref="ArgumentException">The name is not one, or the data is larger than
    /// <see cref="MessageQueueOptions.MaxMessageBytes"/>, or with rooms and exceptions than the log takes.</exception>
    /// <exception cref="JsonException">The text is not one JSON value.</exception>
    /// <exception cref="UnknownSessionException">The session, or one that was named with <c>@</c>, does not exist any more; nothing was
    /// stored.</exception>
    /// <exception cref="DiskFullException">Nothing was stored; it may be later.</exception>
    /// <exception cref="ServerStoppedException">The server is not running, or stopped meanwhile.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was or will be stored.</exception>
    public Task<long> EmitJsonAsync(string eventName, ReadOnlyMemory<byte> json, CancellationToken cancellationToken = default)
    {
        Utf8JsonReader reader = new(json.Span);
        reader.Read();
        reader.Skip();
        return reader.Read() ? throw new JsonException("More than one JSON value.") : Target.SendAsync(eventName, json, cancellationToken);
    }

    // What rooms and exceptions are added to: from a session, its namespace without itself.
    private protected virtual Broadcast Broadcasts() => Target;
}
