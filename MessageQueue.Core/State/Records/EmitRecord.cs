using MessageQueue.Storage;

namespace MessageQueue.State.Records;

/// <summary>
/// An event on its way into the log: the fields of <see cref="StoredEvent"/>, before it has a number. <see cref="Encode"/> and
/// <see cref="Decode"/> implement the layout in docs/records.md. Every field is required, so that no sender of events forgets a new one.
/// </summary>
internal readonly ref struct EmitRecord
{
    private const byte AsksForReply = 1;
    private const byte HasUser = 2;
    private const byte LacksUser = 4;
    private const byte HasOwnKey = 8;
    private const byte HasCause = 16;
    private const byte SeveralArguments = 32;
    private const byte HasTrace = 64;
    private const byte ForObservers = 128;
    private const byte FlagsOfVersion1 = AsksForReply;
    private const byte FlagsOfVersion2 = AsksForReply | HasUser | LacksUser | HasOwnKey | HasCause | ForObservers;
    private const byte KnownFlags = FlagsOfVersion2 | SeveralArguments | HasTrace;

    /// <summary>The namespace.</summary>
    public required ReadOnlySpan<byte> Namespace { get; init; }

    /// <summary>The id of the sending session, 0 for none.</summary>
    public required long SenderId { get; init; }

    /// <summary>
    /// What receivers see as <c>from</c>; empty for none. Kept beside the id because the sender may have ended when the event is delivered.
    /// </summary>
    public required ReadOnlySpan<byte> From { get; init; }

    /// <summary>The sender's own reference; empty for none.</summary>
    public required ReadOnlySpan<byte> Reference { get; init; }

    /// <summary>The event's name.</summary>
    public required ReadOnlySpan<byte> Event { get; init; }

    /// <summary>JSON text; empty for none.</summary>
    public required ReadOnlySpan<byte> Data { get; init; }

    /// <summary>Whether the data is an array whose entries are the arguments.</summary>
    public required bool HasSeveralArguments { get; init; }

    /// <summary>Rooms, <c>*</c>, <c>@NAME</c>.</summary>
    public required IReadOnlyList<ReadOnlyMemory<byte>> To { get; init; }

    /// <summary>The ids of the sessions that do not get the event.</summary>
    public required ReadOnlySpan<long> Except { get; init; }

    /// <summary>
    /// The time in milliseconds after which it is not delivered any more, counted from the record's time; 0 for no limit.
    /// </summary>
    public required long TimeToLive { get; init; }

    /// <summary>Whether the server waits for an answer.</summary>
    public required bool ExpectsReply { get; init; }

    /// <summary>Whether it is for the server's own observers too, if there are any.</summary>
    public required bool IsObserved { get; init; }

    /// <summary>The user who sent it, for its durable handler; empty for none.</summary>
    public required ReadOnlySpan<byte> User { get; init; }

    /// <summary>Whether the user was left out because it is too large.</summary>
    public required bool IsUserLeftOut { get; init; }

    /// <summary>Whether the reference is a key that the app's code chose.</summary>
    public required bool IsOwnKey { get; init; }

    /// <summary>The event that was being handled when this one was emitted.</summary>
    public required EmitCause Cause { get; init; }

    /// <summary>The trace that it belongs to, a W3C <c>traceparent</c>; empty for none.</summary>
    public required ReadOnlySpan<byte> Trace { get; init; }

    public byte[] Encode()
    {
        int size = 1 + (2 * sizeof(long)) + (2 * sizeof(ushort)) + PayloadWriter.SizeOf(Namespace) + PayloadWriter.SizeOf(From)
            + PayloadWriter.SizeOf(Reference) + PayloadWriter.SizeOf(Event) + (Except.Length * sizeof(long)) + Data.Length
            + (User.IsEmpty ? 0 : PayloadWriter.SizeOf(User)) + (Cause.IsKnown ? 2 * sizeof(long) : 0)
            + (Trace.IsEmpty ? 0 : PayloadWriter.SizeOf(Trace));
        for (int i = 0; i < To.Count; i++)
        {
            size += PayloadWriter.SizeOf(To[i].Span);
        }

        PayloadWriter writer = new(size);
        writer.Byte(Flags());
        writer.Int64(SenderId);
        writer.Int64(TimeToLive);
        writer.Name(Namespace);
        writer.Name(From);
        writer.Name(Reference);
        writer.Name(Event);
        writer.UInt16(To.Count);
        for (int i = 0; i < To.Count; i++)
        {
            writer.Name(To[i].Span);
        }

        writer.UInt16(Except.Length);
        foreach (long id in Except)
        {
            writer.Int64(id);
        }

        if (!User.IsEmpty)
        {
            writer.Name(User);
        }

        if (Cause.IsKnown)
        {
            writer.Int64(Cause.SessionId);
            writer.Int64(Cause.Number);
        }

        if (!Trace.IsEmpty)
        {
            writer.Name(Trace);
        }

        writer.Rest(Data);
        return writer.Finish();
    }

    /// <summary>Reads the payload of a <see cref="RecordType.EventEmitted"/> or <see cref="RecordType.DeadLettered"/> record.</summary>
    /// <exception cref="LogDamagedException">A later version of the program wrote it.</exception>
    public static StoredEvent Decode(in LogRecord record)
    {
        RecordVersions.Check(record);
        PayloadReader reader = new(record.Payload);
        if ((RecordType)record.Type == RecordType.DeadLettered)
        {
            DeadLetterRecord.DecodeProgress(ref reader);
        }

        byte flags = reader.Byte();
        RecordVersions.CheckFlags(record, flags, record.Version switch { 1 => FlagsOfVersion1, 2 => FlagsOfVersion2, _ => KnownFlags });
        long senderId = reader.Int64();
        long timeToLive = reader.Int64();
        return new StoredEvent
        {
            Sequence = record.Sequence,
            Time = record.Time,
            PayloadBytes = record.Payload.Length,
            ExpectsReply = (flags & AsksForReply) != 0,
            IsObserved = (flags & ForObservers) != 0,
            SenderId = senderId,
            Deadline = timeToLive == 0 || record.Time > long.MaxValue - timeToLive ? long.MaxValue : record.Time + timeToLive,
            Namespace = reader.Name(),
            From = reader.Name(),
            Reference = reader.Name(),
            Event = reader.Name(),
            Targets = ReadTargets(ref reader),
            Except = ReadExceptions(ref reader),
            IsUserKept = record.Version > 1 && (flags & LacksUser) == 0,
            IsUserLeftOut = (flags & LacksUser) != 0,
            User = (flags & HasUser) != 0 ? reader.Name() : default,
            IsOwnKey = (flags & HasOwnKey) != 0,
            Cause = (flags & HasCause) != 0 ? new EmitCause(reader.Int64(), reader.Int64()) : default,
            HasSeveralArguments = (flags & SeveralArguments) != 0,
            Trace = (flags & HasTrace) != 0 ? reader.Name() : default,
            Data = reader.Rest(),
        };
    }

    private byte Flags() => (byte)((ExpectsReply ? AsksForReply : 0) | (User.IsEmpty ? 0 : HasUser) | (IsUserLeftOut ? LacksUser : 0)
        | (IsOwnKey ? HasOwnKey : 0) | (Cause.IsKnown ? HasCause : 0) | (HasSeveralArguments ? SeveralArguments : 0)
        | (Trace.IsEmpty ? 0 : HasTrace) | (IsObserved ? ForObservers : 0));

    private static ReadOnlyMemory<byte>[] ReadTargets(ref PayloadReader reader)
    {
        ReadOnlyMemory<byte>[] targets = new ReadOnlyMemory<byte>[reader.UInt16()];
        for (int i = 0; i < targets.Length; i++)
        {
            targets[i] = reader.Name();
        }

        return targets;
    }

    private static long[] ReadExceptions(ref PayloadReader reader)
    {
        int count = reader.UInt16();
        long[] exceptions = count == 0 ? [] : new long[count];
        for (int i = 0; i < count; i++)
        {
            exceptions[i] = reader.Int64();
        }

        return Exclusions.Sort(exceptions);
    }
}
