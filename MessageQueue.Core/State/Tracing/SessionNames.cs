using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.State.Tracing;

/// <summary>
/// The names of the sessions that records know by their ids: from snapshots, and from the records that may have created them. A session
/// that was created before the first record, and ended before the first snapshot, is unknown.
/// </summary>
internal sealed class SessionNames
{
    private readonly Dictionary<long, RecordedSession> _byId = [];
    private readonly Dictionary<(string, string), long> _byName = [];
    private readonly Dictionary<string, string> _addresses = new(StringComparer.Ordinal);

    /// <summary>Returns a session; null if it is unknown.</summary>
    public RecordedSession? Find(long id) => _byId.TryGetValue(id, out RecordedSession session) ? session : null;

    /// <summary>Returns the id of the session that has this address now; 0 if it is unknown.</summary>
    public long Find(string ns, string address) => _byName.GetValueOrDefault((ns, address));

    /// <summary>Adds a session of a snapshot.</summary>
    public void Add(SessionState session) => Add(session.Id, new RecordedSession(session.Namespace.Name, session.Address));

    /// <summary>
    /// Takes the next record in the order of the log. Returns the id of the session that it attaches or ends; 0 for any other record.
    /// </summary>
    public long Follow(in LogRecord record)
    {
        switch ((RecordType)record.Type)
        {
            case RecordType.SessionAttached:
                AttachRecord attach = AttachRecord.Decode(record);
                RecordedSession session = new(attach.Namespace, AddressOf(attach.Session));
                if (Find(session.Namespace, session.Address) is > 0 and long known && known <= record.Sequence)
                {
                    // If an end in between had no effect, or had one that the log has lost, the id of this record is the right one.
                    _byId.TryAdd(record.Sequence, session);
                    return known;
                }

                Add(record.Sequence, session);
                return record.Sequence;
            case RecordType.SessionEnded:
                long id = EndRecord.Decode(record.Payload).SessionId;
                if (Find(id) is { } ended && Find(ended.Namespace, ended.Address) == id)
                {
                    _byName.Remove((ended.Namespace, ended.Address));
                }

                return id;
            default:
                return 0;
        }
    }

    private void Add(long id, RecordedSession session)
    {
        _byId[id] = session;
        _byName[(session.Namespace, session.Address)] = id;
    }

    // The same text for all attachments of a session, of which there may be millions.
    private string AddressOf(string name)
    {
        if (!_addresses.TryGetValue(name, out string? address))
        {
            _addresses.Add(name, address = SessionAddress.Of(name));
        }

        return address;
    }
}
