using System.Text;
using MessageQueue.Delivery.Inspection;
using MessageQueue.Pipeline;
using MessageQueue.State;

namespace MessageQueue.Http.Answers;

/// <summary>Says what became of one event for a session, by the state and the delivery. For the apply loop only.</summary>
/// <param name="broker">The broker.</param>
/// <param name="number">The event's number.</param>
/// <param name="stored">The event; null if the log does not have it any more.</param>
/// <param name="now">The time, in milliseconds since the Unix epoch.</param>
internal sealed class ReceiverCheck(Broker broker, long number, StoredEvent? stored, long now)
{
    private readonly string[] _names = [.. (stored is null ? [] : stored.To.ToArray()).Select(to => Encoding.UTF8.GetString(to.Span))];
    private readonly byte[][] _targets = [.. (stored is null ? [] : stored.To.ToArray()).Select(static to => to.ToArray())];

    /// <summary>Says what became of the event for a session.</summary>
    public Receiver Run(SessionState session)
    {
        string? name = session.IsServersOwn ? null : session.Address;
        if (stored is null)
        {
            return new Receiver(name, IsInGap(session) ? ReceiverStatus.Gap : ReceiverStatus.NotAddressed);
        }

        if (FindTarget(session, out long joinedAt) is not { } room)
        {
            return new Receiver(name, ReceiverStatus.NotAddressed) { JoinedAt = joinedAt };
        }

        (OwedStatus Status, int Deliveries)? place = broker.Owed.Find(session, number);
        ReceiverStatus status = StatusOf(session, place?.Status);
        int connections = broker.FanOut.ConnectionsOf(session).Count;
        bool isPending = place is not null && status is not (ReceiverStatus.Excluded or ReceiverStatus.Expired);
        return new Receiver(name, status)
        {
            Room = room,
            Deliveries = isPending ? place!.Value.Deliveries : 0,
            Connections = connections,
            LastSeen = connections > 0 ? now : session.LastSeen,
            HeldBy = status is ReceiverStatus.Unsent or ReceiverStatus.Waiting ? broker.Owed.WhatHolds(session) : HeldBy.Nothing,
        };
    }

    private ReceiverStatus StatusOf(SessionState session, OwedStatus? place) =>
        Exclusions.Contain(stored!.Except, session.Id) ? ReceiverStatus.Excluded
        : place is null ? IsInGap(session) ? ReceiverStatus.Gap
            : stored.Deadline <= now ? ReceiverStatus.AcknowledgedOrExpired
            : ReceiverStatus.Acknowledged
        : stored.Deadline <= now ? ReceiverStatus.Expired
        : place switch
        {
            OwedStatus.InFlight => ReceiverStatus.InFlight,
            OwedStatus.Waiting => ReceiverStatus.Waiting,
            OwedStatus.Delayed => ReceiverStatus.Delayed,
            OwedStatus.MovingToDeadLetters => ReceiverStatus.MovingToDeadLetters,
            _ => ReceiverStatus.Unsent,
        };

    private bool IsInGap(SessionState session) => session.Gaps.Any(gap => gap.From <= number && number <= gap.To);

    private string? FindTarget(SessionState session, out long joinedAt)
    {
        joinedAt = 0;
        for (int i = 0; i < _targets.Length; i++)
        {
            if (session.Namespace.FindTarget(_targets[i]) is not { } room)
            {
                continue;
            }

            if (session.WasIn(room, number))
            {
                return _names[i];
            }

            joinedAt = session.Find(room)?.JoinedAt ?? joinedAt;
        }

        // Observers get every event that is marked as for them, whatever its rooms are.
        return session is { IsServersOwn: true, Inbox: { } inbox } && inbox.Sequences.Contains(number) ? "*" : null;
    }
}
