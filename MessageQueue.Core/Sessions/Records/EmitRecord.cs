namespace MessageQueue.Sessions.Records;

/// <summary>An event on its way into the log: the fields of <see cref="StoredEvent"/>, before it has a number.</summary>
internal readonly ref struct EmitRecord
{
    /// <summary>The bit of the flags that says <see cref="IsObserved"/>.</summary>
    public const byte ObservedFlag = 128;

    /// <summary>The namespace.</summary>
    public required ReadOnlySpan<byte> Namespace { get; init; }

    /// <summary>The id of the sending session, 0 for none.</summary>
    public long SenderId { get; init; }

    /// <summary>What receivers see as <c>from</c>; empty for none. Kept beside the id because the sender may be gone when the event is delivered.</summary>
    public ReadOnlySpan<byte> From { get; init; }

    /// <summary>The sender's own reference; empty for none.</summary>
    public ReadOnlySpan<byte> Reference { get; init; }

    /// <summary>The event's name.</summary>
    public required ReadOnlySpan<byte> Event { get; init; }

    /// <summary>JSON text; empty for none.</summary>
    public ReadOnlySpan<byte> Data { get; init; }

    /// <summary>Rooms, <c>*</c>, <c>@NAME</c>.</summary>
    public required IReadOnlyList<ReadOnlyMemory<byte>> To { get; init; }

    /// <summary>Ids of sessions that do not get it.</summary>
    public ReadOnlySpan<long> Except { get; init; }

    /// <summary>Milliseconds after which it is no longer delivered, counted from the record's time; 0 for none.</summary>
    public long TimeToLive { get; init; }

    /// <summary>Whether the server waits for an answer.</summary>
    public bool ExpectsReply { get; init; }

    /// <summary>Whether it is for the server's own observers too, if they are there.</summary>
    public bool IsObserved { get; init; }

    public byte[] Encode()
    {
        int size = 1 + (2 * sizeof(long)) + (2 * sizeof(ushort)) + PayloadWriter.SizeOf(Namespace) + PayloadWriter.SizeOf(From)
            + PayloadWriter.SizeOf(Reference) + PayloadWriter.SizeOf(Event) + (Except.Length * sizeof(long)) + Data.Length;
        for (int i = 0; i < To.Count; i++)
        {
            size += PayloadWriter.SizeOf(To[i].Span);
        }

        PayloadWriter writer = new(size);
        writer.Byte((byte)((ExpectsReply ? 1 : 0) | (IsObserved ? ObservedFlag : 0)));
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

        writer.Rest(Data);
        return writer.Finish();
    }
}
