using MessageQueue.State.Records;

namespace MessageQueue.Commands;

/// <summary>A request on its way through the log to the state.</summary>
/// <param name="Kind">What the command asks for.</param>
/// <param name="Payload">The payload of its record; for a command without a record, what it needs.</param>
/// <param name="Origin">Gets notified of the outcome; null for none.</param>
/// <param name="Reference">The client's own reference, UTF-8; empty for none.</param>
internal readonly record struct Command(
    CommandKind Kind, ReadOnlyMemory<byte> Payload, ICommandOrigin? Origin, ReadOnlyMemory<byte> Reference)
{
    /// <summary>The weight of a command in addition to its payload, in bytes, so that a flood of tiny commands is bounded too.</summary>
    public const int Overhead = 128;

    /// <summary>Its weight while it waits, in bytes.</summary>
    public int Weight => Payload.Length + Overhead;

    /// <summary>The type of its record; <see cref="RecordType.None"/> if it needs none.</summary>
    public RecordType RecordType => Kind switch
    {
        CommandKind.Start => RecordType.ServerStarted,
        CommandKind.Attach => RecordType.SessionAttached,
        CommandKind.Detach => RecordType.SessionDetached,
        CommandKind.End => RecordType.SessionEnded,
        CommandKind.Join => RecordType.RoomJoined,
        CommandKind.Leave => RecordType.RoomLeft,
        CommandKind.Emit => RecordType.EventEmitted,
        CommandKind.Acknowledge => RecordType.Acknowledged,
        CommandKind.StartHandler => RecordType.HandlerStarted,
        CommandKind.Drop => RecordType.Dropped,
        CommandKind.DeadLetter => RecordType.DeadLettered,
        _ => RecordType.None,
    };
}
