using System.Runtime.InteropServices;
using System.Text;
using MessageQueue.State.Keys;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.State;

/// <summary>
/// The part of the fold that stores events: it recognises repeated emits, finds the rooms of an event, and adds its number to them. For the
/// thread of its state.
/// </summary>
/// <param name="state">The state that it is a part of.</param>
/// <param name="sessions">The sessions of that state.</param>
internal sealed class EmitFold(ServerState state, Dictionary<long, SessionState> sessions)
{
    private readonly TargetResolver _targets = new();
    private readonly List<ReadOnlyMemory<byte>> _to = [];

    /// <summary>The references under which events were published without a session.</summary>
    public PublishedReferences Published { get; } = new();

    /// <summary>The keys under which the app's code has emitted.</summary>
    public EmitKeys Keys { get; } = new(sessions);

    /// <summary>The rooms of the event that was looked at last, in the order of its <c>to</c>.</summary>
    public IReadOnlyList<Room> Targets => _targets.Rooms;

    /// <summary>The inbox of the observers if that event is for them too, else null.</summary>
    public Room? Observers => _targets.Observers;

    /// <summary>Applies an emit. Allocates nothing for an event as most are: without limits, and not emitted by the app's code.</summary>
    public Outcome Emit(in LogRecord record)
    {
        PayloadReader reader = new(record.Payload);
        EmitHead head = EmitHead.Read(record, ref reader);
        SessionState? sender = head.SenderId == 0 ? null : sessions.GetValueOrDefault(head.SenderId);
        ReadOnlySpan<byte> reference = head.Reference.Span;
        if (sender is not null && !reference.IsEmpty && sender.References.TryGet(reference, out long first))
        {
            return new Outcome(OutcomeKind.Duplicate) { EventId = first, Session = sender };
        }

        string name = sender?.Namespace.Name ?? Encoding.UTF8.GetString(head.Namespace.Span);
        StoredEvent? keyed = head.HasKey ? EmitRecord.Decode(record) : null;
        if (keyed is not null && Keys.TryGet(name, keyed, out first))
        {
            return new Outcome(OutcomeKind.Duplicate) { EventId = first };
        }

        bool isPublished = head.SenderId == 0 && !reference.IsEmpty && keyed is null;
        if (isPublished && Published.TryGet(name, reference, out first))
        {
            return new Outcome(OutcomeKind.Duplicate) { EventId = first };
        }

        NamespaceState ns = sender?.Namespace ?? state.OpenNamespace(name);
        if (!TryStore(record, head, ref reader, ns))
        {
            state.RemoveIfEmpty(ns);
            return new Outcome(OutcomeKind.UnknownSession) { Session = sender };
        }

        if (sender is not null && !reference.IsEmpty)
        {
            sender.References.Add(reference, record.Sequence);
        }
        else if (keyed is not null)
        {
            Keys.Add(ns.Name, keyed);
        }
        else if (isPublished)
        {
            Published.Add(ns.Name, reference, record.Sequence);
        }

        return new Outcome(OutcomeKind.Applied) { EventId = record.Sequence, IsEvent = true, Session = sender };
    }

    /// <summary>Applies the move of an event to the dead letters: the session is done with it, and its letter is stored.</summary>
    public Outcome MoveToDeadLetters(in LogRecord record)
    {
        PayloadReader reader = new(record.Payload);
        Progress progress = DeadLetterRecord.DecodeProgress(ref reader);
        if (!sessions.TryGetValue(progress.SessionId, out SessionState? session))
        {
            return new Outcome(OutcomeKind.Ignored);
        }

        session.Merge(progress);
        reader = new PayloadReader(record.Payload);
        EmitHead head = EmitHead.Read(record, ref reader);
        TryStore(record, head, ref reader, session.Namespace);
        return new Outcome(OutcomeKind.Applied) { EventId = record.Sequence, IsEvent = true, Session = session };
    }

    /// <summary>
    /// Finds the receivers of a volatile event: <see cref="Targets"/> then has a room for every entry of its <c>to</c>. Changes nothing
    /// else. Returns false if an entry names a session that does not exist.
    /// </summary>
    public bool TryAddress(StoredEvent storedEvent)
    {
        // A namespace that does not exist is like an empty one: its rooms are empty.
        string name = Encoding.UTF8.GetString(storedEvent.Namespace.Span);
        NamespaceState ns = state.Namespaces.GetValueOrDefault(name) ?? new NamespaceState(name);
        return _targets.TryFind(ns, storedEvent.To, isObserved: false, opensRooms: false);
    }

    // Stores an event in its rooms. Returns false if it is to a session that does not exist.
    private bool TryStore(in LogRecord record, in EmitHead head, ref PayloadReader reader, NamespaceState ns)
    {
        EmitRecord.ReadTargets(ref reader, _to);
        if (!_targets.TryFind(ns, CollectionsMarshal.AsSpan(_to), head.IsObserved, opensRooms: true))
        {
            return false;
        }

        long[] except = EmitRecord.ReadExceptions(ref reader);
        bool isLimited = head.Deadline != long.MaxValue || except.Length > 0;
        bool isSpecial = isLimited || (Targets.Count > 1 && Targets.Any(room => room != Targets[0]));
        for (int i = 0; i < Targets.Count; i++)
        {
            Room room = Targets[i];
            if (room.Sequences.Last != record.Sequence)
            {
                room.Add(record.Sequence, isSpecial);
            }
        }

        Observers?.Sequences.Add(record.Sequence);
        if (isLimited)
        {
            ns.Limits.Add(record.Sequence, new EventLimits(head.Deadline, except));
        }

        return true;
    }
}
