using System.Runtime.InteropServices;
using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>
/// The deliveries of this host: one per session, and the connected sessions of each room. A session that is not connected here has a
/// delivery only while that knows more than the log says. For the apply loop only.
/// </summary>
internal sealed class SessionDeliveries : IMembershipObserver
{
    /// <summary>
    /// Follows which sessions are connected here, and which rooms they are in. Called while something is applied; must not change anything.
    /// </summary>
    public interface IObserver
    {
        /// <summary>Reports that the session has its first connection.</summary>
        void Connected(SessionState session);

        /// <summary>Reports that the session has no connection any more.</summary>
        void Disconnected(SessionState session);

        /// <summary>Reports that a connected session has entered the room.</summary>
        void Entered(SessionState session, Room room);

        /// <summary>Reports that a session, connected or not, has left the room.</summary>
        void Left(SessionState session, Room room);
    }

    private readonly Dictionary<long, SessionDelivery> _sessions = [];
    private readonly Dictionary<Room, RoomAudience> _rooms = new(ReferenceEqualityComparer.Instance);

    /// <param name="state">The state whose sessions these are. From now on it reports every change of a room here.</param>
    public SessionDeliveries(ServerState state) => state.Observer = this;

    /// <summary>Gets notified of connected sessions and their rooms; null for none.</summary>
    public IObserver? Observer { get; set; }

    /// <summary>All deliveries, in no order.</summary>
    public IReadOnlyCollection<SessionDelivery> Items => _sessions.Values;

    /// <summary>Returns the delivery to a session; null if nothing is known beyond the log.</summary>
    public SessionDelivery? Find(SessionState session) => Find(session.Id);

    /// <inheritdoc cref="Find(SessionState)" />
    public SessionDelivery? Find(long sessionId) => _sessions.GetValueOrDefault(sessionId);

    /// <summary>Returns the delivery to a session. If it is missing, creates it from what the log says.</summary>
    public SessionDelivery Open(SessionState session)
    {
        ref SessionDelivery? delivery = ref CollectionsMarshal.GetValueRefOrAddDefault(_sessions, session.Id, out _);
        return delivery ??= new SessionDelivery(session);
    }

    /// <summary>Returns the sessions connected here that are in a room, in no order.</summary>
    public ReadOnlySpan<SessionDelivery> In(Room room) => _rooms.TryGetValue(room, out RoomAudience? audience) ? audience.Items : [];

    /// <summary>Adds a session with its first connection to the audiences of its rooms, so that it gets what is emitted to them.</summary>
    public void Connected(SessionDelivery delivery)
    {
        foreach (Membership membership in delivery.Session.Memberships)
        {
            Enter(membership.Room, delivery);
        }

        Observer?.Connected(delivery.Session);
    }

    /// <summary>Removes a session without connections from the audiences of its rooms.</summary>
    public void Disconnected(SessionDelivery delivery)
    {
        foreach (Membership membership in delivery.Session.Memberships)
        {
            Leave(membership.Room, delivery);
        }

        Observer?.Disconnected(delivery.Session);
    }

    /// <summary>Removes the delivery to a session that is not connected, unless it knows more than the log says.</summary>
    public void RemoveIfIdle(SessionState session)
    {
        if (Find(session) is { IsConnected: false, Unacked.Count: 0 } delivery && delivery.Cursor <= session.Cursor)
        {
            _sessions.Remove(session.Id);
        }
    }

    /// <summary>Removes the delivery to a session that is not connected.</summary>
    public void Remove(SessionState session) => _sessions.Remove(session.Id);

    /// <inheritdoc />
    public void Entered(SessionState session, Room room)
    {
        if (Find(session) is { IsConnected: true } delivery)
        {
            Enter(room, delivery);
            Observer?.Entered(session, room);
        }
    }

    /// <inheritdoc />
    public void Left(SessionState session, Room room)
    {
        if (Find(session) is { IsConnected: true } delivery)
        {
            Leave(room, delivery);
        }

        Observer?.Left(session, room);
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
