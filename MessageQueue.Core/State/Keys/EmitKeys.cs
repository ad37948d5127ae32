using System.Text;

namespace MessageQueue.State.Keys;

/// <summary>
/// The keys under which the app's code has emitted, and the numbers of those events. They make repeating an emit harmless. Each key has an
/// owner, which decides how long it is remembered: the namespace, for keys that the app chose; the handled event until it is finished, for
/// emits of a durable handler; the session that sent the handled event, for emits of other handlers.
/// </summary>
internal sealed class EmitKeys(IReadOnlyDictionary<long, SessionState> sessions)
{
    /// <summary>How many keys chosen by the app are remembered, over all namespaces.</summary>
    public const int Capacity = 65_536;

    // Separates the keys that the app chose from those that were made for it, among the keys of a handled event.
    private const char OwnPrefix = '=';

    /// <summary>The keys that the app chose.</summary>
    public PublishedReferences Own { get; } = new(Capacity);

    /// <summary>Finds the event that was stored under the same key, if there is one.</summary>
    public bool TryGet(string ns, StoredEvent storedEvent, out long sequence)
    {
        if (storedEvent.IsOwnKey && Own.TryGet(ns, storedEvent.Reference.Span, out sequence))
        {
            return true;
        }

        sequence = 0;
        SessionState? owner = OwnerOf(storedEvent);
        return owner is not null && (storedEvent.Cause.Number > 0
            ? owner.Handled?.TryGet(storedEvent.Cause.Number, KeyOf(ns, storedEvent), out sequence) == true
            : !storedEvent.IsOwnKey && owner.HandlerReferences?.TryGet(storedEvent.Reference.Span, out sequence) == true);
    }

    /// <summary>Remembers an event that was just stored.</summary>
    public void Add(string ns, StoredEvent storedEvent)
    {
        if (storedEvent.IsOwnKey)
        {
            Own.Add(ns, storedEvent.Reference.Span, storedEvent.Sequence);
        }

        if (OwnerOf(storedEvent) is not { } owner)
        {
            return;
        }

        // A key that the app chose is remembered here too, so that other keys cannot displace it before the event is finished.
        if (storedEvent.Cause.Number > 0)
        {
            owner.OpenHandled().Add(storedEvent.Cause.Number, KeyOf(ns, storedEvent), storedEvent.Sequence);
        }
        else if (!storedEvent.IsOwnKey)
        {
            owner.OpenHandlerReferences().Add(storedEvent.Reference.Span, storedEvent.Sequence);
        }
    }

    private SessionState? OwnerOf(StoredEvent storedEvent) => sessions.GetValueOrDefault(storedEvent.Cause.SessionId);

    private static string KeyOf(string ns, StoredEvent storedEvent)
    {
        string reference = Encoding.UTF8.GetString(storedEvent.Reference.Span);
        return storedEvent.IsOwnKey ? $"{OwnPrefix}{ns} {reference}" : reference;
    }
}
