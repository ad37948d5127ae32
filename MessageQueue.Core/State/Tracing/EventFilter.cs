using System.Text;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.State.Tracing;

/// <summary>
/// Chooses the history of an event: the record that stored it; then, for the sessions that it was for, their connections until they have
/// acknowledged or lost it, and the record that says so; and what was emitted while it was handled.
/// </summary>
/// <param name="stored">The event.</param>
/// <param name="names">The names of sessions.</param>
internal sealed class EventFilter(StoredEvent stored, SessionNames names) : IRecordFilter
{
    private readonly string _namespace = Encoding.UTF8.GetString(stored.Namespace.Span);
    private readonly HashSet<string> _targets = [.. stored.To.ToArray().Select(static target => Encoding.UTF8.GetString(target.Span))];

    // Who is in a target of the event, and since when.
    private readonly Dictionary<(long Id, string Room), long> _members = [];
    private readonly HashSet<long> _waiting = [];
    private readonly HashSet<long> _shown = [];

    /// <inheritdoc />
    public void Begin(SessionState session)
    {
        if (session.Namespace.Name == _namespace)
        {
            foreach (Membership membership in session.Memberships.Where(membership => _targets.Contains(membership.Room.Name)))
            {
                _members[(session.Id, membership.Room.Name)] = membership.JoinedAt;
            }
        }
    }

    /// <inheritdoc />
    public bool Takes(in LogRecord record, long sessionId)
    {
        _shown.Clear();
        FollowRooms(record, sessionId);
        if (record.Sequence == stored.Sequence)
        {
            FindReceivers();
            return true;
        }

        return record.Sequence > stored.Sequence && Concerns(record, sessionId);
    }

    /// <inheritdoc />
    public bool Shows(long sessionId) => _shown.Contains(sessionId);

    private void FollowRooms(in LogRecord record, long sessionId)
    {
        switch ((RecordType)record.Type)
        {
            case RecordType.SessionAttached when names.Find(sessionId)?.Namespace == _namespace:
                foreach (string room in AttachRecord.Decode(record).Rooms.Append("*").Where(_targets.Contains))
                {
                    _members.TryAdd((sessionId, room), record.Sequence);
                }

                break;
            case RecordType.RoomJoined or RecordType.RoomLeft:
                RoomRecord entered = RoomRecord.Decode(record.Payload);
                if (!_targets.Contains(entered.Room) || names.Find(entered.SessionId)?.Namespace != _namespace)
                {
                    break;
                }

                (long, string) key = (entered.SessionId, entered.Room);
                if ((RecordType)record.Type == RecordType.RoomJoined)
                {
                    _members.TryAdd(key, record.Sequence);
                }
                else if (_members.TryGetValue(key, out long joinedAt) && joinedAt < record.Sequence)
                {
                    _members.Remove(key);
                }

                break;
        }
    }

    private void FindReceivers()
    {
        foreach (((long id, _), long joinedAt) in _members)
        {
            if (joinedAt < stored.Sequence && !stored.Except.Contains(id))
            {
                _waiting.Add(id);
            }
        }

        foreach (string target in _targets.Where(target => target.StartsWith('@')))
        {
            if (names.Find(_namespace, target[1..]) is > 0 and long id)
            {
                _waiting.Add(id);
            }
        }
    }

    private bool Concerns(in LogRecord record, long sessionId)
    {
        switch ((RecordType)record.Type)
        {
            case RecordType.SessionAttached:
                return _waiting.Contains(sessionId);
            case RecordType.SessionEnded:
                return _waiting.Remove(sessionId);
            case RecordType.SessionDetached:
                Progress detached = DetachRecord.Decode(record.Payload).Progress;
                return _waiting.Contains(detached.SessionId) | Settles(detached);
            case RecordType.Acknowledged:
                foreach (Progress progress in AcknowledgedRecord.Decode(record.Payload))
                {
                    Settles(progress);
                }

                return _shown.Count > 0;
            case RecordType.HandlerStarted:
                HandlerStartedRecord started = HandlerStartedRecord.Decode(record.Payload);
                return (started.Number == stored.Sequence) | Settles(started.Progress);
            case RecordType.DeadLettered:
                PayloadReader reader = new(record.Payload);
                return Settles(DeadLetterRecord.DecodeProgress(ref reader));
            case RecordType.Dropped:
                return TakesLoss(DroppedRecord.Decode(record.Payload));
            case RecordType.EventEmitted:
                return EmitRecord.Decode(record).Cause.Number == stored.Sequence;
            default:
                return false;
        }
    }

    private bool Settles(in Progress progress)
    {
        bool isSettled = progress.Cursor >= stored.Sequence && !progress.Holes.Contains(stored.Sequence)
            && _waiting.Remove(progress.SessionId);
        if (isSettled)
        {
            _shown.Add(progress.SessionId);
        }

        return isSettled;
    }

    private bool TakesLoss(DroppedRecord dropped)
    {
        if (dropped.Ranges.Any(range => range.First <= stored.Sequence && stored.Sequence <= range.Last))
        {
            _shown.UnionWith(_waiting);
            _waiting.Clear();
            return true;
        }

        foreach (BacklogCut cut in dropped.Backlogs)
        {
            if (cut.UpTo >= stored.Sequence && _waiting.Remove(cut.SessionId))
            {
                _shown.Add(cut.SessionId);
            }
        }

        return _shown.Count > 0;
    }
}
