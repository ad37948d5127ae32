using System.Text;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.State.Tracing;

/// <summary>
/// Chooses what concerns a session: its connections, rooms, acknowledgements and losses, the events that it sent, and those to it or to a
/// room that it is in, as far as the log says so. There may be sessions with this name in several namespaces, and one after another.
/// </summary>
internal sealed class SessionFilter(string session, string? ns, SessionNames names) : IRecordFilter
{
    private readonly string _address = SessionAddress.Of(session);
    private readonly Dictionary<(long Id, string Room), long> _rooms = [];
    private readonly HashSet<long> _alive = [];

    /// <inheritdoc />
    public void Begin(SessionState session)
    {
        if (Shows(session.Id))
        {
            _alive.Add(session.Id);
            foreach (Membership membership in session.Memberships)
            {
                _rooms[(session.Id, membership.Room.Name)] = membership.JoinedAt;
            }
        }
    }

    /// <inheritdoc />
    public bool Takes(in LogRecord record, long sessionId)
    {
        switch ((RecordType)record.Type)
        {
            case RecordType.SessionAttached when Shows(sessionId):
                _alive.Add(sessionId);
                foreach (string room in AttachRecord.Decode(record).Rooms)
                {
                    _rooms.TryAdd((sessionId, room), record.Sequence);
                }

                return true;
            case RecordType.SessionEnded when Shows(sessionId):
                _alive.Remove(sessionId);
                return true;
            case RecordType.SessionDetached:
                return Shows(DetachRecord.Decode(record.Payload).Progress.SessionId);
            case RecordType.RoomJoined or RecordType.RoomLeft:
                return TakesRoom(record, RoomRecord.Decode(record.Payload));
            case RecordType.Acknowledged:
                return AcknowledgedRecord.Decode(record.Payload).Any(progress => Shows(progress.SessionId));
            case RecordType.HandlerStarted:
                return Shows(HandlerStartedRecord.Decode(record.Payload).Progress.SessionId);
            case RecordType.Dropped:
                return DroppedRecord.Decode(record.Payload) is var dropped
                    && (dropped.Ranges.Count > 0 || dropped.Backlogs.Any(cut => Shows(cut.SessionId)));
            case RecordType.DeadLettered:
                PayloadReader reader = new(record.Payload);
                return Shows(DeadLetterRecord.DecodeProgress(ref reader).SessionId) || IsFor(EmitRecord.Decode(record));
            case RecordType.EventEmitted:
                return EmitRecord.Decode(record) is var stored && (Shows(stored.SenderId) || IsFor(stored));
            default:
                return false;
        }
    }

    /// <inheritdoc />
    public bool Shows(long sessionId) =>
        names.Find(sessionId) is { } one && (one.Address == _address || one.Address == session) && (ns is null || one.Namespace == ns);

    private bool TakesRoom(in LogRecord record, RoomRecord room)
    {
        if (!Shows(room.SessionId))
        {
            return false;
        }

        if ((RecordType)record.Type == RecordType.RoomJoined)
        {
            _rooms.TryAdd((room.SessionId, room.Room), record.Sequence);
        }
        else if (_rooms.TryGetValue((room.SessionId, room.Room), out long joinedAt) && joinedAt < record.Sequence)
        {
            _rooms.Remove((room.SessionId, room.Room));
        }

        return true;
    }

    private bool IsFor(StoredEvent stored)
    {
        string space = Encoding.UTF8.GetString(stored.Namespace.Span);
        foreach (ReadOnlyMemory<byte> target in stored.To)
        {
            string room = Encoding.UTF8.GetString(target.Span);
            foreach (long id in _alive)
            {
                bool isThere = room == "*" || room == $"@{_address}"
                    || (_rooms.TryGetValue((id, room), out long joinedAt) && joinedAt < stored.Sequence);
                if (isThere && id < stored.Sequence && names.Find(id)?.Namespace == space)
                {
                    return true;
                }
            }
        }

        return false;
    }
}
