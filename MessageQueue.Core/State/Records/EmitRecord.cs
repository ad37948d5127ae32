using MessageQueue.Storage;

namespace MessageQueue.State.Records;

/// <summary>
/// An event on its way into the log: the fields of <see cref="StoredEvent"/>, before it has a number. <see cref="Encode()"/> and
/// <see cref="Decode"/> implement the layout in docs/records.md. Every field is required, so that no sender of events forgets a new one.
/// </summary>
internal readonly ref struct EmitRecord
{
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

    /// <summary>Returns the size of the payload in bytes.</summary>
    public int MeasureBytes()
    {
        int bytes = 1 + (2 * sizeof(long)) + (2 * sizeof(ushort)) + PayloadWriter.SizeOf(Namespace) + PayloadWriter.SizeOf(From)
            + PayloadWriter.SizeOf(Reference) + PayloadWriter.SizeOf(Event) + (Except.Length * sizeof(long)) + Data.Length
            + (User.IsEmpty ? 0 : PayloadWriter.SizeOf(User)) + (Cause.IsKnown ? 2 * sizeof(long) : 0)
            + (Trace.IsEmpty ? 0 : PayloadWriter.SizeOf(Trace));
        for (int i = 0; i < To.Count; i++)
        {
            bytes += PayloadWriter.SizeOf(To[i].Span);
        }

        return bytes;
    }

    /// <summary>Returns the payload in an array of its own.</summary>
    public byte[] Encode()
    {
        byte[] payload = new byte[MeasureBytes()];
        Encode(payload);
        return payload;
    }

    /// <summary>Writes the payload into memory of exactly the size that <see cref="MeasureBytes"/> says.</summary>
    public void Encode(Span<byte> payload)
    {
        PayloadWriter writer = new(payload);
        writer.Byte((byte)Flags());
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
        writer.Finish();
    }

    /// <summary>Reads the payload of a <see cref="RecordType.EventEmitted"/> or <see cref="RecordType.DeadLettered"/> record.</summary>
    /// <exception cref="LogDamagedException">A later version of the program wrote it.</exception>
    public static StoredEvent Decode(in LogRecord record)
    {
        RecordVersions.Check(record);
        PayloadReader reader = new(record.Payload);
        EmitHead head = EmitHead.Read(record, ref reader);
        EmitFlags flags = head.Flags;
        return new StoredEvent
        {
            Sequence = record.Sequence,
            Time = record.Time,
            PayloadBytes = record.Payload.Length,
            ExpectsReply = (flags & EmitFlags.AsksForReply) != 0,
            IsObserved = head.IsObserved,
            SenderId = head.SenderId,
            Deadline = head.Deadline,
            Namespace = head.Namespace,
            From = head.From,
            Reference = head.Reference,
            Event = head.Event,
            Targets = ReadTargets(ref reader),
            Except = ReadExceptions(ref reader),
            IsUserKept = record.Version > 1 && (flags & EmitFlags.LacksUser) == 0,
            IsUserLeftOut = (flags & EmitFlags.LacksUser) != 0,
            User = (flags & EmitFlags.HasUser) != 0 ? reader.Name() : default,
            IsOwnKey = (flags & EmitFlags.HasOwnKey) != 0,
            Cause = (flags & EmitFlags.HasCause) != 0 ? new EmitCause(reader.Int64(), reader.Int64()) : default,
            HasSeveralArguments = (flags & EmitFlags.SeveralArguments) != 0,
            Trace = (flags & EmitFlags.HasTrace) != 0 ? reader.Name() : default,
            Data = reader.Rest(),
        };
    }

    /// <summary>Reads the targets into a list that is reused.</summary>
    public static void ReadTargets(ref PayloadReader reader, List<ReadOnlyMemory<byte>> targets)
    {
        targets.Clear();
        for (int count = reader.UInt16(); count > 0; count--)
        {
            targets.Add(reader.Name());
        }
    }

    /// <summary>Reads the ids of the sessions that do not get the event, which come after the targets.</summary>
    public static long[] ReadExceptions(ref PayloadReader reader)
    {
        int count = reader.UInt16();
        long[] exceptions = count == 0 ? [] : new long[count];
        for (int i = 0; i < count; i++)
        {
            exceptions[i] = reader.Int64();
        }

        return Exclusions.Sort(exceptions);
    }

    private EmitFlags Flags() => (ExpectsReply ? EmitFlags.AsksForReply : 0) | (User.IsEmpty ? 0 : EmitFlags.HasUser)
        | (IsUserLeftOut ? EmitFlags.LacksUser : 0) | (IsOwnKey ? EmitFlags.HasOwnKey : 0) | (Cause.IsKnown ? EmitFlags.HasCause : 0)
        | (HasSeveralArguments ? EmitFlags.SeveralArguments : 0) | (Trace.IsEmpty ? 0 : EmitFlags.HasTrace)
        | (IsObserved ? EmitFlags.ForObservers : 0);

    private static ReadOnlyMemory<byte>[] ReadTargets(ref PayloadReader reader)
    {
        ReadOnlyMemory<byte>[] targets = new ReadOnlyMemory<byte>[reader.UInt16()];
        for (int i = 0; i < targets.Length; i++)
        {
            targets[i] = reader.Name();
        }

        return targets;
    }
}
