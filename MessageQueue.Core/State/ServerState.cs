using System.Text;
using MessageQueue.State.Keys;
using MessageQueue.State.Pending;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.State;

/// <summary>
/// The state of the server: the fold of its log, and of nothing else. It uses no clock and no random numbers: the same records give the
/// same state, live or after a restart. Not thread-safe; belongs to one thread.
/// </summary>
internal sealed class ServerState
{
    private readonly Dictionary<string, NamespaceState> _namespaces = new(StringComparer.Ordinal);
    private readonly Dictionary<long, SessionState> _sessions = [];
    private readonly List<SessionState> _roster = [];
    private readonly Dictionary<int, long> _epochs = [];
    private readonly EmitFold _emits;
    private IMembershipObserver? _observer;

    /// <summary>Creates the state of an empty log.</summary>
    public ServerState() => _emits = new EmitFold(this, _sessions);

    /// <summary>Creates a state to be filled from a snapshot.</summary>
    public ServerState(long head, long time)
        : this()
    {
        Head = head;
        Time = time;
    }

    /// <summary>Gets notified which session is in which room; null for none.</summary>
    public IMembershipObserver? Observer
    {
        get => _observer;
        set
        {
            _observer = value;
            foreach (NamespaceState ns in _namespaces.Values)
            {
                ns.Observer = value;
            }
        }
    }

    /// <summary>Namespaces by name.</summary>
    public IReadOnlyDictionary<string, NamespaceState> Namespaces => _namespaces;

    /// <summary>Sessions by id.</summary>
    public IReadOnlyDictionary<long, SessionState> Sessions => _sessions;

    /// <summary>The same sessions in no order, but each with an index: for code that looks at some of them at a time.</summary>
    public IReadOnlyList<SessionState> Roster => _roster;

    /// <summary>The sequence of the last record applied.</summary>
    public long Head { get; private set; }

    /// <summary>The time of the last record applied.</summary>
    public long Time { get; private set; }

    /// <summary>The references under which events were published without a session.</summary>
    public PublishedReferences Published => _emits.Published;

    /// <summary>The keys under which the app's code has emitted.</summary>
    public EmitKeys Keys => _emits.Keys;

    /// <summary>The sequences that were dropped: the only ones up to <see cref="Head"/> that the log need not hold.</summary>
    public RangeSet Dropped { get; } = new();

    /// <summary>The rooms of the event applied last, in the order of its <c>to</c>.</summary>
    public IReadOnlyList<Room> Targets => _emits.Targets;

    /// <summary>The inbox of the observers if the event applied last is for them too, else null.</summary>
    public Room? Observers => _emits.Observers;

    /// <summary>
    /// Returns the epoch of a host: the sequence of the record of its start. 0 if that record came before the snapshot that the state was
    /// read from; a snapshot knows one host only.
    /// </summary>
    public long EpochOf(int host) => _epochs.GetValueOrDefault(host);

    /// <summary>Applies the next record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="host">The host that appended it. A log in files has one host, 0.</param>
    public Outcome Apply(in LogRecord record, int host = 0)
    {
        RecordVersions.Check(record);
        Head = record.Sequence;
        Time = record.Time;
        return (RecordType)record.Type switch
        {
            RecordType.EventEmitted => _emits.Emit(record),
            RecordType.Acknowledged => Acknowledge(record),
            RecordType.SessionAttached => Attach(AttachRecord.Decode(record), EpochOf(host)),
            RecordType.SessionDetached => Detach(DetachRecord.Decode(record.Payload)),
            RecordType.SessionEnded => End(EndRecord.Decode(record.Payload)),
            RecordType.RoomJoined => Join(RoomRecord.Decode(record.Payload)),
            RecordType.RoomLeft => Leave(RoomRecord.DecodeLeft(record)),
            RecordType.ServerStarted => Start(host),
            RecordType.DeadLettered => _emits.MoveToDeadLetters(record),
            RecordType.HandlerStarted => StartHandler(HandlerStartedRecord.Decode(record.Payload)),
            RecordType.Dropped => Drop(DroppedRecord.Decode(record.Payload)),
            _ => throw RecordVersions.Unknown(record, $"type {record.Type}"),
        };
    }

    /// <inheritdoc cref="EmitFold.TryAddress" />
    public bool TryAddress(StoredEvent storedEvent) => _emits.TryAddress(storedEvent);

    /// <summary>
    /// Returns the session that an entry of an event's <c>to</c> names; null if it names a room, or a session that does not exist.
    /// </summary>
    public SessionState? FindAddress(StoredEvent storedEvent, int target) =>
        storedEvent.To[target].Span is [(byte)'@', .. ReadOnlySpan<byte> address]
            ? _namespaces.GetValueOrDefault(Encoding.UTF8.GetString(storedEvent.Namespace.Span))?.FindAddress(address)
            : null;

    /// <summary>Returns the namespace of this name; creates it if it is missing.</summary>
    public NamespaceState OpenNamespace(string name)
    {
        if (!_namespaces.TryGetValue(name, out NamespaceState? ns))
        {
            ns = new NamespaceState(name) { Observer = Observer };
            _namespaces.Add(name, ns);
        }

        return ns;
    }

    /// <summary>Removes a namespace in which nothing is left.</summary>
    public void RemoveIfEmpty(NamespaceState ns)
    {
        if (ns.IsEmpty)
        {
            _namespaces.Remove(ns.Name);
        }
    }

    /// <summary>Adds a session from a snapshot.</summary>
    public void Restore(SessionState session) => Add(session);

    // An earlier run of this host is over, so the sessions attached to it are not attached any more. If there is no other host, nobody
    // could come back meanwhile, so all sessions have their full time again.
    private Outcome Start(int host)
    {
        long ended = EpochOf(host);
        _epochs[host] = Head;
        bool isAlone = _epochs.Count == 1;
        foreach (SessionState session in _sessions.Values)
        {
            bool wasAttached = session.IsAttached && session.Epoch == ended;
            if (wasAttached)
            {
                session.Detach();
                session.MaybeSentUpTo = Head;
            }

            if (wasAttached || isAlone)
            {
                session.LastSeen = Time;
            }
        }

        return new Outcome(OutcomeKind.Applied);
    }

    private Outcome Attach(AttachRecord record, long epoch)
    {
        NamespaceState? ns = _namespaces.GetValueOrDefault(record.Namespace);
        SessionState? session = ns?.FindSession(record.Session);
        if (session is null && record.MustExist)
        {
            return new Outcome(OutcomeKind.UnknownSession);
        }

        if (session is null && _sessions.Count >= record.MaxSessions)
        {
            return new Outcome(OutcomeKind.TooManySessions);
        }

        int rooms = session?.RoomCount ?? 0;
        HashSet<string> entered = new(record.Rooms, StringComparer.Ordinal);
        entered.RemoveWhere(room => ns?.Rooms.GetValueOrDefault(room) is { } found && session?.Find(found) is not null);
        if (entered.Count > 0 && rooms + entered.Count > record.MaxRooms)
        {
            return new Outcome(OutcomeKind.TooManyRooms);
        }

        bool resumed = session is not null;
        ns ??= OpenNamespace(record.Namespace);
        if (session is null)
        {
            session = ns.AddSession(Head, record.Session, start: StartOf(record, ns));
            Add(session);
            AddDroppedGap(session);
        }

        foreach (string room in entered)
        {
            session.Enter(ns.OpenRoom(room), resumed ? Head : session.Cursor, byChoice: true);
        }

        session.Attach(Head, epoch);
        session.LastSeen = Time;
        return new Outcome(OutcomeKind.Applied) { Session = session, Resumed = resumed };
    }

    // Returns the sequence after which events are for a new session. A session cannot begin at a sequence in the future, because others may
    // join before.
    private long StartOf(AttachRecord record, NamespaceState ns) => record switch
    {
        { Last: { } count } => LastEvents.Before(
            [ns.Everyone, .. record.Rooms.Distinct().Select(ns.Rooms.GetValueOrDefault).OfType<Room>()], count),
        { From: < 0 } => Head,
        _ => Math.Min(Math.Max(record.From - 1, 0), Head),
    };

    // The rooms of dropped events are not known any more, so they are reported as one gap without a count.
    private void AddDroppedGap(SessionState session)
    {
        IEnumerable<SequenceRange> missed = Dropped.Items.Where(range => range.Last > session.Cursor);
        if (missed.Any())
        {
            session.AddGap(new Gap(Math.Max(missed.First().First, session.Cursor + 1), missed.Last().Last, Count: null, Head));
        }
    }

    private Outcome Detach(DetachRecord record)
    {
        if (!_sessions.TryGetValue(record.Progress.SessionId, out SessionState? session))
        {
            return new Outcome(OutcomeKind.Ignored);
        }

        session.Merge(record.Progress);
        if (session.AttachedAt == record.AttachedAt)
        {
            session.Detach();
            session.LastSeen = Time;
            session.MaybeSentUpTo = Math.Max(session.MaybeSentUpTo, record.SentUpTo);
        }

        return new Outcome(OutcomeKind.Applied) { Session = session };
    }

    private Outcome End(EndRecord record)
    {
        if (!_sessions.TryGetValue(record.SessionId, out SessionState? session)
            || (record.IfDetachedSince != 0 && (session.IsAttached || session.AttachedAt != record.IfDetachedSince)))
        {
            return new Outcome(OutcomeKind.Ignored);
        }

        Remove(session);
        session.Namespace.RemoveSession(session);
        RemoveIfEmpty(session.Namespace);

        return new Outcome(OutcomeKind.Applied) { Session = session };
    }

    private Outcome Join(RoomRecord record)
    {
        if (!_sessions.TryGetValue(record.SessionId, out SessionState? session))
        {
            return new Outcome(OutcomeKind.UnknownSession);
        }

        Room? known = session.Namespace.Rooms.GetValueOrDefault(record.Room);
        if (known is not null && session.Find(known) is not null)
        {
            return new Outcome(OutcomeKind.Applied) { Session = session };
        }

        if (session.RoomCount >= record.MaxRooms)
        {
            return new Outcome(OutcomeKind.TooManyRooms) { Session = session };
        }

        session.Enter(known ?? session.Namespace.OpenRoom(record.Room), Head, byChoice: true);
        return new Outcome(OutcomeKind.Applied) { Session = session };
    }

    private Outcome Leave(RoomRecord record)
    {
        if (!_sessions.TryGetValue(record.SessionId, out SessionState? session))
        {
            return new Outcome(OutcomeKind.UnknownSession);
        }

        if (session.Namespace.Rooms.GetValueOrDefault(record.Room) is { } room && session.Find(room) is { } membership)
        {
            if (!session.TryLeave(membership, Head, record.MaxRooms))
            {
                return new Outcome(OutcomeKind.TooManyLeftRooms) { Session = session };
            }

            session.Namespace.CloseIfEmpty(room);
        }

        return new Outcome(OutcomeKind.Applied) { Session = session };
    }

    private Outcome Acknowledge(in LogRecord record)
    {
        foreach (Progress progress in AcknowledgedRecord.Decode(record.Payload))
        {
            _sessions.GetValueOrDefault(progress.SessionId)?.Merge(progress);
        }

        return new Outcome(OutcomeKind.Applied);
    }

    private Outcome StartHandler(HandlerStartedRecord record)
    {
        if (!_sessions.TryGetValue(record.Progress.SessionId, out SessionState? session))
        {
            return new Outcome(OutcomeKind.Ignored);
        }

        session.Merge(record.Progress);
        session.OpenHandled().Start(record.Number);
        return new Outcome(OutcomeKind.Applied) { Session = session };
    }

    private Outcome Drop(DroppedRecord record)
    {
        DroppedEvents losses = DropFold.Apply(record, _namespaces, _sessions, Head, Time);
        foreach (SequenceRange range in record.Ranges)
        {
            Dropped.Add(range);
        }

        foreach (NamespaceState ns in _namespaces.Values)
        {
            RemoveIfEmpty(ns);
        }

        return new Outcome(OutcomeKind.Applied) { DroppedEvents = losses };
    }

    private void Add(SessionState session)
    {
        _sessions.Add(session.Id, session);
        session.RosterIndex = _roster.Count;
        _roster.Add(session);
    }

    private void Remove(SessionState session)
    {
        _sessions.Remove(session.Id);
        SessionState last = _roster[^1];
        _roster[session.RosterIndex] = last;
        last.RosterIndex = session.RosterIndex;
        _roster.RemoveAt(_roster.Count - 1);
    }
}
