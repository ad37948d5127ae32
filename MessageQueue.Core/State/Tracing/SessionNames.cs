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
    private readonly Dictionary<long, long> _attachedAt = [];
    private readonly Dictionary<string, string> _addresses = new(StringComparer.Ordinal);

    /// <summary>Returns a session; null if it is unknown.</summary>
    public RecordedSession? Find(long id) => _byId.TryGetValue(id, out RecordedSession session) ? session : null;

    /// <summary>Returns the id of the session that has this address now; 0 if it is unknown.</summary>
    public long Find(string ns, string address) => _byName.GetValueOrDefault((ns, address));

    /// <summary>Adds a session of a snapshot.</summary>
    public void Add(SessionState session)
    {
        Add(session.Id, new RecordedSession(session.Namespace.Name, session.Address));
        _attachedAt[session.Id] = session.AttachedAt;
    }

    /// <summary>
    /// Takes the next record in the order of the log. Returns the id of the session that it attaches or ends; 0 for any other record, and
    /// for one that had no effect because the session had come back.
    /// </summary>
    public long Follow(in LogRecord record) => (RecordType)record.Type switch
    {
        RecordType.SessionAttached => Attach(AttachRecord.Decode(record), record.Sequence),
        RecordType.SessionEnded => End(EndRecord.Decode(record.Payload)),
        _ => 0,
    };

    private long Attach(AttachRecord attach, long sequence)
    {
        RecordedSession session = new(attach.Namespace, AddressOf(attach.Session));
        long id = Find(session.Namespace, session.Address);
        if (id == 0 || id > sequence)
        {
            // It is new, or a snapshot has a later one of this name.
            id = sequence;
            Add(id, session);
        }

        _attachedAt[id] = sequence;
        return id;
    }

    private long End(EndRecord end)
    {
        if (end.IfDetachedSince != 0 && _attachedAt.GetValueOrDefault(end.SessionId) != end.IfDetachedSince)
        {
            return 0;
        }

        if (Find(end.SessionId) is { } ended && Find(ended.Namespace, ended.Address) == end.SessionId)
        {
            _byName.Remove((ended.Namespace, ended.Address));
        }

        return end.SessionId;
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
