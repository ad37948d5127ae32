using System.Text;
using System.Text.Json;
using MessageQueue.Delivery;
using MessageQueue.Delivery.Inspection;
using MessageQueue.Pipeline;
using MessageQueue.State;

namespace MessageQueue.Http.Answers;

/// <summary>
/// Answers why an event was or was not delivered. The event is read from the log; what became of it for each session is in the state, which
/// the apply loop reads in turns of <see cref="SessionsPerTurn"/> sessions. Thread-safe.
/// </summary>
#pragma warning disable CA1001 // The semaphore's wait handle is never used, so there is nothing to free.
internal sealed class EventExplainer(Broker broker, TimeProvider timeProvider)
#pragma warning restore CA1001
{
    /// <summary>How many sessions the apply loop looks at in one turn. One costs a look-up per entry of <c>to</c>.</summary>
    public const int SessionsPerTurn = 256;

    // One question at a time: however many operators ask, deliveries wait for one turn at most.
    private readonly SemaphoreSlim _asking = new(1);

    /// <summary>Explains an event; returns null if no event has this number in the namespace.</summary>
    /// <param name="ns">The namespace; null for all.</param>
    /// <param name="number">The event's number.</param>
    /// <param name="limit">The largest number of sessions to name.</param>
    /// <param name="cancellationToken">Cancels the question.</param>
    public async Task<Explanation?> ExplainAsync(string? ns, long number, int limit, CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (await FindAsync(ns, number, cancellationToken).ConfigureAwait(false) is not { } found)
            {
                return null;
            }

            ReceiverCheck check = CheckOf(found);
            SessionState[] all = await broker.AskAsync(state => CopySessions(state, NamespaceOf(found.Stored) ?? ns), cancellationToken)
                .ConfigureAwait(false);
            Dictionary<ReceiverStatus, int> counts = [];
            List<Receiver> open = [];
            List<Receiver> over = [];
            for (int next = 0; next < all.Length; next += SessionsPerTurn)
            {
                Memory<SessionState> turn = all.AsMemory(next, Math.Min(SessionsPerTurn, all.Length - next));
                foreach (Receiver receiver in await broker.AskAsync(_ => Run(check, turn.Span), cancellationToken).ConfigureAwait(false))
                {
                    counts[receiver.Status] = counts.GetValueOrDefault(receiver.Status) + 1;
                    List<Receiver> list = receiver.IsOver ? over : open;
                    if (list.Count < limit)
                    {
                        list.Add(receiver);
                    }
                }
            }

            return new Explanation(number, found.Stored, found.IsDamaged, counts, [.. open.Concat(over).Take(limit)]);
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <summary>
    /// Explains an event for one session, for which it may not have been. Returns null if no event has this number in the namespace, and an
    /// explanation without receivers if there is no such session.
    /// </summary>
    public async Task<Explanation?> ExplainAsync(string? ns, long number, string session, CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (await FindAsync(ns, number, cancellationToken).ConfigureAwait(false) is not { } found)
            {
                return null;
            }

            ReceiverCheck check = CheckOf(found);
            byte[] address = Encoding.UTF8.GetBytes(session);
            string inNamespace = NamespaceOf(found.Stored) ?? ns ?? "/";
            Receiver? receiver = await broker.AskAsync(
                state => state.Namespaces.GetValueOrDefault(inNamespace)?.FindAddress(address) is { } one ? check.Run(one) : null,
                cancellationToken).ConfigureAwait(false);
            if (receiver is { Status: ReceiverStatus.Acknowledged or ReceiverStatus.AcknowledgedOrExpired })
            {
                string room = DeadLetterRoom.Of(receiver.Session!);
                long letter = await FindDeadLetterAsync(inNamespace, room, number, cancellationToken).ConfigureAwait(false);
                receiver = letter == 0 ? receiver : receiver with { Status = ReceiverStatus.DeadLettered, DeadLetter = letter };
            }

            return receiver is null
                ? new Explanation(number, found.Stored, found.IsDamaged, new Dictionary<ReceiverStatus, int>(), [])
                : new Explanation(
                    number, found.Stored, found.IsDamaged, new Dictionary<ReceiverStatus, int> { [receiver.Status] = 1 }, [receiver]);
        }
        finally
        {
            _asking.Release();
        }
    }

    private static List<Receiver> Run(ReceiverCheck check, ReadOnlySpan<SessionState> sessions)
    {
        List<Receiver> receivers = [];
        foreach (SessionState session in sessions)
        {
            if (!session.IsEnded && check.Run(session) is { Status: not ReceiverStatus.NotAddressed } receiver)
            {
                receivers.Add(receiver);
            }
        }

        return receivers;
    }

    private static SessionState[] CopySessions(ServerState state, string? ns) => ns is null
        ? [.. state.Roster]
        : [.. state.Namespaces.GetValueOrDefault(ns)?.Sessions.Values ?? Enumerable.Empty<SessionState>()];

    private static string? NamespaceOf(StoredEvent? stored) => stored is null ? null : Encoding.UTF8.GetString(stored.Namespace.Span);

    private ReceiverCheck CheckOf(FoundEvent found) =>
        new(broker, found.Sequence, found.Stored, timeProvider.GetUtcNow().ToUnixTimeMilliseconds());

    private async Task<FoundEvent?> FindAsync(string? ns, long number, CancellationToken cancellationToken)
    {
        (EventHistory.Entry entry, bool isKnown, bool isDropped) = await broker.AskAsync(
            state => (broker.History.EntryOf(number), number <= state.Head, state.Dropped.Contains(number)), cancellationToken)
            .ConfigureAwait(false);
        if (!isKnown)
        {
            return null;
        }

        FoundEvent found = (await broker.History.ReadFirstAsync([entry], cancellationToken).ConfigureAwait(false))[0];
        return found.Stored is { } stored ? ns is null || NamespaceOf(stored) == ns ? found : null
            : found.IsDamaged || isDropped ? found
            : null;
    }

    // A dead letter says which event it carries. Only the newest of a room are looked at.
    private async Task<long> FindDeadLetterAsync(string ns, string room, long number, CancellationToken cancellationToken)
    {
        EventHistory.Entry[] letters = await broker.AskAsync(
            state => state.Namespaces.GetValueOrDefault(ns)?.Rooms.GetValueOrDefault(room) is { } found
                ? broker.History.Find(found, EventHistory.MaxEvents, long.MaxValue)
                : [],
            cancellationToken).ConfigureAwait(false);
        EventHistory.Entry[] later = [.. letters.Where(letter => letter.Sequence > number)];
        foreach (FoundEvent letter in await broker.History.ReadFirstAsync(later, cancellationToken).ConfigureAwait(false))
        {
            if (letter.Stored is { } stored && Carries(stored, number))
            {
                return letter.Sequence;
            }
        }

        return 0;
    }

    private static bool Carries(StoredEvent letter, long number)
    {
        // The id comes first, so the data behind it is not read.
        Utf8JsonReader json = new(letter.Data.Span);
        return Encoding.UTF8.GetString(letter.Event.Span) == DeadLetter.EventName
            && json.Read() && json.Read() && json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("id"u8)
            && json.Read() && json.TryGetInt64(out long id) && id == number;
    }
}
