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

    /// <summary>The references under which events were published without a session.</summary>
    public PublishedReferences Published { get; } = new();

    /// <summary>The keys under which the app's code has emitted.</summary>
    public EmitKeys Keys { get; } = new(sessions);

    /// <summary>The rooms of the event that was looked at last, in the order of its <c>to</c>.</summary>
    public IReadOnlyList<Room> Targets => _targets.Rooms;

    /// <summary>The inbox of the observers if that event is for them too, else null.</summary>
    public Room? Observers => _targets.Observers;

    /// <summary>Applies an emit.</summary>
    public Outcome Emit(in LogRecord record)
    {
        StoredEvent stored = EmitRecord.Decode(record);
        SessionState? sender = stored.SenderId == 0 ? null : sessions.GetValueOrDefault(stored.SenderId);
        if (sender is not null && !stored.Reference.IsEmpty && sender.References.TryGet(stored.Reference.Span, out long first))
        {
            return new Outcome(OutcomeKind.Duplicate) { EventId = first, Session = sender };
        }

        string name = sender?.Namespace.Name ?? Encoding.UTF8.GetString(stored.Namespace.Span);
        bool hasKey = EmitKeys.Has(stored);
        if (hasKey && Keys.TryGet(name, stored, out first))
        {
            return new Outcome(OutcomeKind.Duplicate) { EventId = first };
        }

        bool isPublished = stored.SenderId == 0 && !stored.Reference.IsEmpty && !hasKey;
        if (isPublished && Published.TryGet(name, stored.Reference.Span, out first))
        {
            return new Outcome(OutcomeKind.Duplicate) { EventId = first };
        }

        NamespaceState ns = sender?.Namespace ?? state.OpenNamespace(name);
        if (!_targets.TryFind(ns, stored, opensRooms: true))
        {
            state.RemoveIfEmpty(ns);
            return new Outcome(OutcomeKind.UnknownSession) { Event = stored, Session = sender };
        }

        Store(ns, stored);
        if (sender is not null && !stored.Reference.IsEmpty)
        {
            sender.References.Add(stored.Reference.Span, stored.Sequence);
        }
        else if (hasKey)
        {
            Keys.Add(ns.Name, stored);
        }
        else if (isPublished)
        {
            Published.Add(ns.Name, stored.Reference.Span, stored.Sequence);
        }

        return new Outcome(OutcomeKind.Applied) { EventId = stored.Sequence, Event = stored, Session = sender };
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

        StoredEvent stored = EmitRecord.Decode(record);
        session.Merge(progress);
        _targets.TryFind(session.Namespace, stored, opensRooms: true);
        Store(session.Namespace, stored);
        return new Outcome(OutcomeKind.Applied) { EventId = stored.Sequence, Event = stored, Session = session };
    }

    /// <summary>
    /// Finds the receivers of a volatile event: <see cref="Targets"/> then has a room for every entry of its <c>to</c>. Changes nothing
    /// else. Returns false if an entry names a session that does not exist.
    /// </summary>
    public bool TryAddress(StoredEvent storedEvent)
    {
        // A namespace that does not exist is like an empty one: its rooms are empty.
        string name = Encoding.UTF8.GetString(storedEvent.Namespace.Span);
        return _targets.TryFind(state.Namespaces.GetValueOrDefault(name) ?? new NamespaceState(name), storedEvent, opensRooms: false);
    }

    // Stores an event in the rooms that were resolved last.
    private void Store(NamespaceState ns, StoredEvent stored)
    {
        bool isLimited = stored.Deadline != long.MaxValue || stored.Except.Length > 0;
        bool isSpecial = isLimited || (Targets.Count > 1 && Targets.Any(room => room != Targets[0]));
        for (int i = 0; i < Targets.Count; i++)
        {
            Room room = Targets[i];
            if (room.Sequences.Last != stored.Sequence)
            {
                room.Add(stored.Sequence, isSpecial);
            }
        }

        Observers?.Sequences.Add(stored.Sequence);
        if (isLimited)
        {
            ns.Limits.Add(stored.Sequence, new EventLimits(stored.Deadline, stored.Except));
        }
    }
}
