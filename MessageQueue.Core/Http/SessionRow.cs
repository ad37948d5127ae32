using MessageQueue.Delivery;

namespace MessageQueue.Http;

/// <summary>Describes a session to an operator.</summary>
/// <param name="Id">Its id. Sessions are listed in the order of their ids, which is the order in which they were created.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Session">Its address. For an anonymous session this is the alias, because its name is a secret.</param>
/// <param name="Rooms">The first of the rooms that it is in.</param>
/// <param name="RoomCount">The number of rooms that it is in.</param>
/// <param name="Pending">The number of events that are pending for it, at most <see cref="StateListing.CountedUpTo"/>.</param>
/// <param name="HasMorePending">Whether more events are pending than that.</param>
/// <param name="Connections">The number of its connections now.</param>
/// <param name="LastSeen">The time of its last connection, in milliseconds since the Unix epoch; the current time if it is
/// connected.</param>
internal sealed record SessionRow(
    long Id, string Namespace, string Session, IReadOnlyList<string> Rooms, int RoomCount, int Pending, bool HasMorePending,
    int Connections, long LastSeen)
{
    /// <summary>The number of events that were sent on its connections and are not acknowledged.</summary>
    public int InFlight { get; init; }

    /// <summary>
    /// The greatest event that it has acknowledged, as far as is known since it connected to this run of the server; 0 for none.
    /// </summary>
    public long LastAcknowledged { get; init; }

    /// <summary>The number of an event: it and all before it are acknowledged, as far as they were for the session.</summary>
    public long AcknowledgedUpTo { get; init; }

    /// <summary>Its oldest pending event; the default if there is none.</summary>
    public EventHistory.Entry OldestOwed { get; init; }

    /// <summary>How long ago that was stored, in milliseconds; null if there is none, or if it cannot be read.</summary>
    public long? OldestOwedAge { get; init; }
}
