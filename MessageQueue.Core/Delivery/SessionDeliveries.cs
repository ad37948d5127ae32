using System.Runtime.InteropServices;
using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>
/// What this host delivers: to which sessions, and which of those that are connected here are in which room. A session that is not
/// connected here has an entry only while something is known of it that the log does not say. For the apply loop only.
/// </summary>
internal sealed class SessionDeliveries : IMembershipObserver
{
    private readonly Dictionary<long, SessionDelivery> _sessions = [];
    private readonly Dictionary<Room, RoomAudience> _rooms = new(ReferenceEqualityComparer.Instance);

    /// <param name="state">The state whose sessions these are: from now on it tells of every change of a room.</param>
    public SessionDeliveries(ServerState state) => state.Observer = this;

    /// <summary>All of them, in no order.</summary>
    public IReadOnlyCollection<SessionDelivery> Items => _sessions.Values;

    /// <summary>The delivery to a session; null where nothing is known but what the log says.</summary>
    public SessionDelivery? Find(SessionState session) => Find(session.Id);

    /// <inheritdoc cref="Find(SessionState)" />
    public SessionDelivery? Find(long sessionId) => _sessions.GetValueOrDefault(sessionId);

    /// <summary>The delivery to a session, begun where the log says that it stands when it is missing.</summary>
    public SessionDelivery Open(SessionState session)
    {
        ref SessionDelivery? delivery = ref CollectionsMarshal.GetValueRefOrAddDefault(_sessions, session.Id, out _);
        return delivery ??= new SessionDelivery(session);
    }

    /// <summary>The sessions connected here that are in a room, in no order.</summary>
    public ReadOnlySpan<SessionDelivery> In(Room room) => _rooms.TryGetValue(room, out RoomAudience? audience) ? audience.Items : [];

    /// <summary>The session has its first connection: what is emitted to its rooms goes to it.</summary>
    public void Connected(SessionDelivery delivery)
    {
        foreach (Membership membership in delivery.Session.Memberships)
        {
            Enter(membership.Room, delivery);
        }
    }

    /// <summary>The session has no connection any more.</summary>
    public void Disconnected(SessionDelivery delivery)
    {
        foreach (Membership membership in delivery.Session.Memberships)
        {
            Leave(membership.Room, delivery);
        }
    }

    /// <summary>Forgets a session that is not connected, unless more is known of it than the log says.</summary>
    public void ForgetSettled(SessionState session)
    {
        if (Find(session) is { IsConnected: false, Unacked.Count: 0 } delivery && delivery.Cursor <= session.Cursor)
        {
            _sessions.Remove(session.Id);
        }
    }

    /// <summary>Forgets a session that is not connected.</summary>
    public void Remove(SessionState session) => _sessions.Remove(session.Id);

    /// <inheritdoc />
    public void Entered(SessionState session, Room room)
    {
        if (Find(session) is { IsConnected: true } delivery)
        {
            Enter(room, delivery);
        }
    }

    /// <inheritdoc />
    public void Left(SessionState session, Room room)
    {
        if (Find(session) is { IsConnected: true } delivery)
        {
            Leave(room, delivery);
        }
    }

    private void Enter(Room room, SessionDelivery delivery)
    {
        ref RoomAudience? audience = ref CollectionsMarshal.GetValueRefOrAddDefault(_rooms, room, out _);
        (audience ??= new RoomAudience()).Add(delivery);
    }

    private void Leave(Room room, SessionDelivery delivery)
    {
        if (_rooms.TryGetValue(room, out RoomAudience? audience))
        {
            audience.Remove(delivery);
            if (audience.Items.IsEmpty)
            {
                _rooms.Remove(room);
            }
        }
    }
}
