using System.Text;
using MessageQueue.Delivery;
using MessageQueue.Delivery.Inspection;
using MessageQueue.Pipeline;
using MessageQueue.State;

namespace MessageQueue.Http.Answers;

/// <summary>
/// Reads what is pending for a session, page by page, without connecting as it. The apply loop looks at a limited number of events in one
/// turn; the log is read beside it. Thread-safe.
/// </summary>
internal sealed class SessionPeek(Broker broker, TimeProvider timeProvider)
{
    private readonly StateListing _listing = new(broker, timeProvider);

    private readonly record struct Found(
        SessionRow Row, HeldBy HeldBy, Gap[] Gaps, (EventHistory.Entry Entry, OwedStatus Status, int Deliveries)[] Events, long LookedUpTo);

    /// <summary>Reads a page; returns null if there is no such session.</summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="session">The session's name or its address.</param>
    /// <param name="after">The number after which the page begins; 0 for the first one.</param>
    /// <param name="limit">The largest number of events.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public async Task<PeekedSession?> ReadAsync(string ns, string session, long after, int limit, CancellationToken cancellationToken)
    {
        byte[] address = Encoding.UTF8.GetBytes(session);
        Found? asked = await broker.AskAsync(
            state => state.Namespaces.GetValueOrDefault(ns)?.FindAddress(address) is { } one ? Find(one, after, limit) : (Found?)null,
            cancellationToken).ConfigureAwait(false);
        if (asked is not { } found)
        {
            return null;
        }

        List<FoundEvent> read = await broker.History
            .ReadFirstAsync([.. found.Events.Select(static one => one.Entry)], cancellationToken).ConfigureAwait(false);
        PeekedEvent[] events =
        [
            .. read.Zip(found.Events, static (one, place) => new PeekedEvent(one, place.Status, place.Deliveries))
                // The log may have dropped it meanwhile.
                .Where(static one => one.Event.Stored is not null || one.Event.IsDamaged),
        ];
        long upTo = read.Count < found.Events.Length ? read[^1].Sequence : found.LookedUpTo;
        List<SessionRow> row = await _listing.AddAgesAsync([found.Row], cancellationToken).ConfigureAwait(false);
        return new PeekedSession(row[0], found.HeldBy, found.Gaps, events, upTo == long.MaxValue ? null : upTo, Now());
    }

    private Found Find(SessionState session, long after, int limit)
    {
        List<long> sequences = broker.Owed.Next(session, after, limit, Now(), out long lookedUpTo);
        (EventHistory.Entry, OwedStatus, int)[] events =
        [
            .. sequences.Select(sequence =>
            {
                (OwedStatus status, int deliveries) = broker.Owed.Find(session, sequence) ?? (OwedStatus.Unsent, 0);
                return (broker.History.EntryOf(sequence), status, deliveries);
            }),
        ];
        return new Found(_listing.Describe(session), broker.Owed.WhatHolds(session), [.. session.Gaps], events, lookedUpTo);
    }

    private long Now() => timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
}
