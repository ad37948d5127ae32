using MessageQueue.Protocol;
using MessageQueue.State.Records;

namespace MessageQueue.State;

/// <summary>
/// An event as the log holds it. Immutable; the names are UTF-8 in the record's own memory. Read by <see cref="EmitRecord.Decode"/>.
/// </summary>
internal sealed class StoredEvent
{
    /// <summary>The event's number; 0 or less for a volatile one, which has none.</summary>
    public required long Sequence { get; init; }

    /// <summary>Whether it is only for sessions that are connected now, and not stored.</summary>
    public bool IsVolatile => Sequence <= 0;

    /// <summary>The time when it was stored, in milliseconds since the Unix epoch.</summary>
    public required long Time { get; init; }

    /// <summary>
    /// The time from which it is not delivered any more, in milliseconds since the Unix epoch; <see cref="long.MaxValue"/> for never.
    /// </summary>
    public required long Deadline { get; init; }

    /// <summary>The id of the sending session, 0 for none.</summary>
    public required long SenderId { get; init; }

    /// <summary>Whether the server waits for an answer.</summary>
    public required bool ExpectsReply { get; init; }

    /// <summary>Whether it is for the server's own observers too, if there are any.</summary>
    public bool IsObserved { get; init; }

    /// <summary>The namespace.</summary>
    public required ReadOnlyMemory<byte> Namespace { get; init; }

    /// <summary>What receivers see as <c>from</c>; empty for none.</summary>
    public required ReadOnlyMemory<byte> From { get; init; }

    /// <summary>The sender's own reference; empty for none.</summary>
    public required ReadOnlyMemory<byte> Reference { get; init; }

    /// <summary>The event's name.</summary>
    public required ReadOnlyMemory<byte> Event { get; init; }

    /// <summary>The targets in the sender's order: rooms, <c>*</c>, <c>@NAME</c>.</summary>
    public ReadOnlySpan<ReadOnlyMemory<byte>> To => Targets;

    /// <inheritdoc cref="To" />
    public required ReadOnlyMemory<byte>[] Targets { private get; init; }

    /// <summary>The ids of the sessions that do not get it.</summary>
    public required long[] Except { get; init; }

    /// <summary>
    /// Whether <see cref="User"/> says who sent it. False for events that were stored before users were recorded, and if
    /// <see cref="IsUserLeftOut"/>.
    /// </summary>
    public bool IsUserKept { get; init; }

    /// <summary>Whether the user was too large to be kept.</summary>
    public bool IsUserLeftOut { get; init; }

    /// <summary>The user who sent it, for its durable handler; empty for none.</summary>
    public ReadOnlyMemory<byte> User { get; init; }

    /// <summary>Whether the reference is a key that the app's code chose.</summary>
    public bool IsOwnKey { get; init; }

    /// <summary>The event that was being handled when this one was emitted.</summary>
    public EmitCause Cause { get; init; }

    /// <summary>The trace that it belongs to, a W3C <c>traceparent</c>; empty for none.</summary>
    public ReadOnlyMemory<byte> Trace { get; init; }

    /// <summary>JSON text; empty for none.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Whether <see cref="Data"/> is an array whose entries are the arguments.</summary>
    public bool HasSeveralArguments { get; init; }

    /// <summary><see cref="Data"/>, and how to read it.</summary>
    public EventData Content => new(Data, HasSeveralArguments);

    /// <summary>The size of its record's payload: its weight in a cache.</summary>
    public required int PayloadBytes { get; init; }
}
