using MessageQueue.Sessions.Records;
using MessageQueue.Storage;

namespace MessageQueue.Sessions;

/// <summary>An event as the log holds it. Immutable; the names are UTF-8 in the record's own memory.</summary>
internal sealed class StoredEvent
{
    private readonly ReadOnlyMemory<byte>[] _to;

    /// <summary>Reads the payload of a <see cref="RecordType.EventEmitted"/> or <see cref="RecordType.DeadLettered"/> record. Keep in sync with <see cref="EmitRecord.Encode"/> and docs/records.md.</summary>
    public StoredEvent(in LogRecord record)
    {
        Sequence = record.Sequence;
        Time = record.Time;
        PayloadBytes = record.Payload.Length;
        PayloadReader reader = new(record.Payload);
        if ((RecordType)record.Type == RecordType.DeadLettered)
        {
            DeadLetterRecord.DecodeProgress(ref reader);
        }

        byte flags = reader.Byte();
        ExpectsReply = (flags & 1) != 0;
        IsObserved = (flags & EmitRecord.ObservedFlag) != 0;
        SenderId = reader.Int64();
        long timeToLive = reader.Int64();
        Deadline = timeToLive == 0 ? long.MaxValue : record.Time > long.MaxValue - timeToLive ? long.MaxValue : record.Time + timeToLive;
        Namespace = reader.Name();
        From = reader.Name();
        Reference = reader.Name();
        Event = reader.Name();
        _to = new ReadOnlyMemory<byte>[reader.UInt16()];
        for (int i = 0; i < _to.Length; i++)
        {
            _to[i] = reader.Name();
        }

        int exceptions = reader.UInt16();
        Except = exceptions == 0 ? [] : new long[exceptions];
        for (int i = 0; i < exceptions; i++)
        {
            Except[i] = reader.Int64();
        }

        Data = reader.Rest();
    }

    /// <summary>The event's number; 0 or less for a volatile one, which has none.</summary>
    public long Sequence { get; }

    /// <summary>Whether it is for those who are connected now, and not stored.</summary>
    public bool IsVolatile => Sequence <= 0;

    /// <summary>When it was stored, in milliseconds since the Unix epoch.</summary>
    public long Time { get; }

    /// <summary>When it is no longer delivered, in milliseconds since the Unix epoch; <see cref="long.MaxValue"/> for never.</summary>
    public long Deadline { get; }

    /// <summary>The id of the sending session, 0 for none.</summary>
    public long SenderId { get; }

    /// <summary>Whether the server waits for an answer.</summary>
    public bool ExpectsReply { get; }

    /// <summary>Whether it is for the server's own observers too, if they are there.</summary>
    public bool IsObserved { get; }

    /// <summary>The namespace.</summary>
    public ReadOnlyMemory<byte> Namespace { get; }

    /// <summary>What receivers see as <c>from</c>; empty for none.</summary>
    public ReadOnlyMemory<byte> From { get; }

    /// <summary>The sender's own reference; empty for none.</summary>
    public ReadOnlyMemory<byte> Reference { get; }

    /// <summary>The event's name.</summary>
    public ReadOnlyMemory<byte> Event { get; }

    /// <summary>Rooms, <c>*</c>, <c>@NAME</c>, in the sender's order.</summary>
    public ReadOnlySpan<ReadOnlyMemory<byte>> To => _to;

    /// <summary>Ids of sessions that do not get it.</summary>
    public long[] Except { get; }

    /// <summary>JSON text; empty for none.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>What it weighs in a cache.</summary>
    public int PayloadBytes { get; }

    /// <summary>Frames built for it so far, so that each is built once. Belongs to the apply loop.</summary>
    public byte[]?[]? Frames { get; set; }
}
