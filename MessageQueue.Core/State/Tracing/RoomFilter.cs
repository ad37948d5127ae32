using System.Text;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.State.Tracing;

/// <summary>Chooses what concerns a room: who enters and leaves it, and what is emitted to it.</summary>
internal sealed class RoomFilter(string room) : IRecordFilter
{
    private readonly byte[] _utf8 = Encoding.UTF8.GetBytes(room);

    /// <inheritdoc />
    public void Begin(SessionState session)
    {
    }

    /// <inheritdoc />
    public bool Takes(in LogRecord record, long sessionId) => (RecordType)record.Type switch
    {
        RecordType.SessionAttached => AttachRecord.Decode(record).Rooms.Contains(room),
        RecordType.RoomJoined or RecordType.RoomLeft => RoomRecord.Decode(record.Payload).Room == room,
        RecordType.EventEmitted or RecordType.DeadLettered => IsTo(EmitRecord.Decode(record)),
        _ => false,
    };

    /// <inheritdoc />
    public bool Shows(long sessionId) => true;

    private bool IsTo(StoredEvent stored)
    {
        foreach (ReadOnlyMemory<byte> target in stored.To)
        {
            if (target.Span.SequenceEqual(_utf8))
            {
                return true;
            }
        }

        return false;
    }
}
