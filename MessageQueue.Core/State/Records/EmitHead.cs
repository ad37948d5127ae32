using MessageQueue.Storage;

namespace MessageQueue.State.Records;

/// <summary>
/// The first fields of an event's record, with which the fold decides. Reading them allocates nothing: most events are folded and never
/// delivered from here, and those that are become a <see cref="StoredEvent"/> when the first receiver is found.
/// </summary>
/// <param name="Flags">The flags.</param>
/// <param name="SenderId">The id of the sending session, 0 for none.</param>
/// <param name="Deadline">The time from which it is not delivered any more; <see cref="long.MaxValue"/> for never.</param>
/// <param name="Namespace">The namespace.</param>
/// <param name="From">What receivers see as <c>from</c>; empty for none.</param>
/// <param name="Reference">The sender's own reference; empty for none.</param>
/// <param name="Event">The event's name.</param>
internal readonly record struct EmitHead(
    EmitFlags Flags, long SenderId, long Deadline, ReadOnlyMemory<byte> Namespace, ReadOnlyMemory<byte> From,
    ReadOnlyMemory<byte> Reference, ReadOnlyMemory<byte> Event)
{
    /// <summary>Whether it is for the server's own observers too, if there are any.</summary>
    public bool IsObserved => (Flags & EmitFlags.ForObservers) != 0;

    /// <summary>Whether the reference is a key under which the app's code has emitted.</summary>
    public bool HasKey =>
        SenderId == 0 && !Reference.IsEmpty && (Flags & (EmitFlags.HasOwnKey | EmitFlags.HasCause)) != 0;

    /// <summary>Reads the fields. The reader then stands before the targets.</summary>
    /// <exception cref="LogDamagedException">A later version of the program wrote the record.</exception>
    public static EmitHead Read(in LogRecord record, ref PayloadReader reader)
    {
        if ((RecordType)record.Type == RecordType.DeadLettered)
        {
            DeadLetterRecord.DecodeProgress(ref reader);
        }

        EmitFlags flags = (EmitFlags)reader.Byte();
        EmitFlags known = record.Version switch { 1 => EmitFlags.OfVersion1, 2 => EmitFlags.OfVersion2, _ => EmitFlags.Known };
        RecordVersions.CheckFlags(record, (byte)flags, (byte)known);
        long senderId = reader.Int64();
        long timeToLive = reader.Int64();
        long deadline = timeToLive == 0 || record.Time > long.MaxValue - timeToLive ? long.MaxValue : record.Time + timeToLive;
        return new EmitHead(flags, senderId, deadline, reader.Name(), reader.Name(), reader.Name(), reader.Name());
    }
}
