using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MessageQueue.Handlers;
using MessageQueue.Protocol;

namespace MessageQueue;

/// <summary>
/// The base of everything that the server can emit to: a <see cref="Namespace"/> (all its sessions), a <see cref="Session"/>, or a
/// <see cref="Broadcast"/> narrowed down from either. All members are thread-safe.
/// </summary>
/// <remarks>
/// An event that is not volatile is stored. The task completes with its number when it is durable and pending for each of its receivers,
/// connected or not. While too many commands wait for the log, emitting waits too, as it does for clients. A cancellation token has an
/// effect until the event is on its way to the log, and none after that.
/// </remarks>
public abstract class Emitter
{
    private protected Emitter()
    {
    }

    internal abstract HandlerHost HandlerHost { get; }

    internal abstract Broadcast Target { get; }

    /// <summary>
    /// Returns a broadcast to these rooms as well; to these only, where no room was named before. A session that is in several of them gets
    /// an event once.
    /// </summary>
    /// <param name="rooms">Rooms; <c>*</c> for every session of the namespace, <c>@NAME</c> for the session that others know by that
    /// address.</param>
    /// <exception cref="ArgumentException">No room is given, or one is not a name of 1 to 128 characters.</exception>
    public Broadcast To(params ReadOnlySpan<string> rooms) => Broadcasts().AddTargets(rooms);

    /// <summary>Returns a broadcast that leaves these sessions out.</summary>
    public Broadcast Except(params ReadOnlySpan<Session> sessions) => Broadcasts().AddExceptions(sessions);

    /// <summary>
    /// Returns a broadcast that leaves out the sessions that are in these rooms at the moment of the emit, even if they are in a room that
    /// it goes to. The event keeps 8 bytes for each of them; at most 65,535 can be left out.
    /// </summary>
    /// <param name="rooms">Rooms; <c>@NAME</c> for the session that others know by that address.</param>
    /// <exception cref="ArgumentException">No room is given, or one is not a name of 1 to 128 characters.</exception>
    public Broadcast Except(params ReadOnlySpan<string> rooms) => Broadcasts().AddExceptRooms(rooms);

    /// <summary>A broadcast of volatile events: only for those who are connected now and have room for it, never stored, never
    /// repeated.</summary>
    public Broadcast Volatile => Target.AsVolatile();

    /// <summary>Returns a broadcast of events that are no longer delivered after a time.</summary>
    /// <param name="timeToLive">The time, counted from when the event is stored; whole milliseconds, at least one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is less than a millisecond.</exception>
    public Broadcast Ttl(TimeSpan timeToLive) => Target.WithTimeToLive(timeToLive);

    /// <summary>
    /// Returns a broadcast of one event under a key. The key makes it safe to emit the event again when it is unknown whether the first
    /// emit was stored: the repetition stores nothing and returns the first number. A key belongs to the namespace. The server remembers
    /// the last 65,536 keys, also after a restart. In a durable handler it remembers a key at least until the handler's event is finished.
    /// </summary>
    /// <remarks>
    /// Within a handler, an emit without a key gets one by itself, made from the event that is handled, the name and rooms of the emit, and
    /// its position among the emits with the same name and rooms. This holds always in a durable handler, and in any other where the client
    /// gave the event an <c>id</c>. So a handler that runs again stores nothing twice.
    /// </remarks>
    /// <param name="key">1 to 128 characters. Use the same key for the same event only.</param>
    /// <exception cref="ArgumentException">The key is not 1 to 128 characters long.</exception>
    public Broadcast Id(string key) => Target.WithKey(key);

    /// <summary>Emits an event without data.</summary>
    /// <returns>The event's number; 0 for a volatile one.</returns>
    /// <inheritdoc cref="EmitJsonAsync" path="/exception" />
    public Task<long> EmitAsync(string eventName, CancellationToken cancellationToken = default) =>
        Target.SendAsync(eventName, default, cancellationToken);

    /// <summary>
    /// Emits an event with data, using the type's metadata in the server's <see cref="MessageQueueOptions.JsonSerializerOptions"/>. Data
    /// of type <see cref="Arguments"/> is several arguments. Bytes are binary, as <see cref="BinaryValue"/> describes.
    /// </summary>
    /// <returns>The event's number; 0 for a volatile one.</returns>
    /// <exception cref="NotSupportedException">There is no metadata for the type: add it to the app's JSON context.</exception>
    /// <inheritdoc cref="EmitJsonAsync" path="/exception" />
    public Task<long> EmitAsync<T>(string eventName, T data, CancellationToken cancellationToken = default) =>
        Target.SendAsync(eventName, HandlerHost.Json.Write(data), cancellationToken);

    /// <summary>Emits an event with data, using the given metadata.</summary>
    /// <returns>The event's number; 0 for a volatile one.</returns>
    /// <inheritdoc cref="EmitJsonAsync" path="/exception" />
    public Task<long> EmitAsync<T>(string eventName, T data, JsonTypeInfo<T> typeInfo, CancellationToken cancellationToken = default) =>
        Target.SendAsync(eventName, Json.Write(data, typeInfo), cancellationToken);

    /// <summary>Emits an event whose data is JSON text already.</summary>
    /// <param name="eventName">1 to 128 characters.</param>
    /// <param name="json">One JSON value in UTF-8, which receivers get unchanged.</param>
    /// <param name="cancellationToken">See the remarks of this type.</param>
    /// <returns>The event's number; 0 for a volatile one.</returns>
    /// <exception cref="ArgumentException">The name is not 1 to 128 characters long; or the data is larger than
    /// <see cref="MessageQueueOptions.MaxMessageBytes"/>; or the event, with its rooms and exceptions, is larger than one record of the log
    /// can be.</exception>
    /// <exception cref="JsonException">The text is not one JSON value.</exception>
    /// <exception cref="UnknownSessionException">The session, or one that was named with <c>@</c>, does not exist any more; nothing was
    /// stored.</exception>
    /// <exception cref="DiskFullException">The disk is full. Nothing was stored; a later try may succeed.</exception>
    /// <exception cref="ServerStoppedException">The server is not running, or stopped meanwhile.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was or will be stored.</exception>
    public Task<long> EmitJsonAsync(string eventName, ReadOnlyMemory<byte> json, CancellationToken cancellationToken = default)
    {
        Utf8JsonReader reader = new(json.Span);
        reader.Read();
        reader.Skip();
        return reader.Read()
            ? throw new JsonException("The text has more than one JSON value; put them into an array.")
            : Target.SendAsync(eventName, new EventData(json, HasSeveralArguments: false), cancellationToken);
    }

    // The broadcast that rooms and exceptions are added to. For a session: its namespace without the session itself.
    private protected virtual Broadcast Broadcasts() => Target;
}
