using System.Text;
using MessageQueue.Protocol;
using MessageQueue.State.Keys;
using MessageQueue.State.Pending;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.State;

/// <summary>
/// One session as the log has it: its rooms, and what it has acknowledged. It outlives its connections and the process. Only records change
/// it. It knows nothing of connections: what is in flight on them belongs to the delivery. Belongs to the thread that folds the log.
/// </summary>
internal sealed class SessionState
{
    private static readonly LeftRooms NoLeftRooms = new();

    private readonly OpenRooms _open = new();
    private LeftRooms? _left;

    // Whether every left room has pending events: nothing was acknowledged since the last check. Computed from the state, and no part of
    // it.
    private bool _isLeftSwept;
    private RecentReferences? _references;
    private GapList? _gaps;
    private byte[]? _addressUtf8;

    public SessionState(long id, string name, NamespaceState ns)
    {
        Id = id;
        Name = name;
        Address = SessionAddress.Of(name);
        Namespace = ns;
        Cursor = id;
    }

    /// <summary>The sequence of the record that created it. Never used twice, unlike a name.</summary>
    public long Id { get; }

    /// <summary>The name that resumes it.</summary>
    public string Name { get; }

    /// <summary>The name by which others know it.</summary>
    public string Address { get; }

    /// <summary><see cref="Address"/> in UTF-8.</summary>
    public byte[] AddressUtf8 => _addressUtf8 ??= Encoding.UTF8.GetBytes(Address);

    /// <summary>Whether it is one of the server's own, which clients and operators do not see.</summary>
    public bool IsServersOwn => ServerSessions.IsName(Name);

    /// <summary>Whether the server made its name.</summary>
    public bool IsAnonymous => Names.IsAnonymous(Name);

    /// <summary>Its namespace.</summary>
    public NamespaceState Namespace { get; }

    /// <summary>The rooms it is in, including the room of everyone and its inbox.</summary>
    public IReadOnlyList<Membership> Memberships => _open.Items;

    /// <summary>
    /// The rooms that it left while they had pending events for it. Some without pending events may still be in the list, so whether they
    /// are is no part of the state.
    /// </summary>
    public LeftRooms Left => _left ?? NoLeftRooms;

    /// <summary>The number of rooms that it entered by its own choice.</summary>
    public int RoomCount { get; private set; }

    /// <summary>The room that <c>@NAME</c> stands for; null until something was emitted to it.</summary>
    public Room? Inbox { get; private set; }

    /// <summary>
    /// Everything up to this sequence is acknowledged, except <see cref="Holes"/>. For an attached session the log records this a little
    /// later.
    /// </summary>
    public long Cursor { get; set; }

    /// <summary>What is still pending up to <see cref="Cursor"/>.</summary>
    public HoleList Holes { get; } = new();

    /// <summary>The gaps that it has not acknowledged: pending events that retention dropped.</summary>
    public IReadOnlyList<Gap> Gaps => _gaps?.Items ?? [];

    /// <summary>Events up to this sequence may have been sent before a crash, although no record says so.</summary>
    public long MaybeSentUpTo { get; set; }

    /// <summary>The sequence of the record that attached it last.</summary>
    public long AttachedAt { get; private set; }

    /// <summary>Whether it has a connection, according to the log.</summary>
    public bool IsAttached { get; private set; }

    /// <summary>The epoch of the host on which it was attached last: see <see cref="ServerState.EpochOf"/>.</summary>
    public long Epoch { get; private set; }

    /// <summary>The time when it was last attached, in milliseconds since the Unix epoch.</summary>
    public long LastSeen { get; set; }

    /// <summary>Whether it was ended. Its owner may still hold it.</summary>
    public bool IsEnded { get; set; }

    /// <summary>
    /// The remembered count of its pending events, so that they are not counted again. Computed from the state, and no part of it.
    /// </summary>
    public CountedEvents? Counted { get; set; }

    /// <summary>Its index in <see cref="ServerState.Roster"/>, which is in no order and no part of the state.</summary>
    public int RosterIndex { get; set; }

    /// <summary>The references of its emits.</summary>
    public RecentReferences References => _references ??= new RecentReferences();

    /// <summary>The number of references of its emits that are remembered.</summary>
    public int ReferenceCount => _references?.Count ?? 0;

    /// <summary>Returns the membership of this room, or null if it is not in it.</summary>
    public Membership? Find(Room room) => _open.Find(room);

    /// <summary>The keys of the emits of handlers of its events; null while there are none.</summary>
    public RecentReferences? HandlerReferences { get; private set; }

    /// <summary>
    /// The unfinished events of durable handlers of which something is remembered; null while there are none, and always null if the
    /// session is not the server's own.
    /// </summary>
    public HandledEvents? Handled { get; private set; }

    /// <summary>Returns <see cref="HandlerReferences"/>; creates them if they are missing.</summary>
    public RecentReferences OpenHandlerReferences() => HandlerReferences ??= new RecentReferences();

    /// <summary>Returns <see cref="Handled"/>; creates it if it is missing.</summary>
    public HandledEvents OpenHandled() => Handled ??= new HandledEvents();

    /// <summary>Whether an event with this sequence, emitted to this room, was for this session.</summary>
    public bool WasIn(Room room, long sequence) =>
        (_open.Find(room) is { } open && sequence > open.JoinedAt) || Left.Covers(room, sequence);

    /// <summary>Enters a room that it is not in.</summary>
    public void Enter(Room room, long sequence, bool byChoice)
    {
        Membership membership = new(this, room, sequence);
        _open.Add(membership);
        room.AddMember(membership);
        RoomCount += byChoice ? 1 : 0;
        Namespace.Observer?.Entered(this, room);
    }

    /// <summary>
    /// Leaves a room. Pending events from it stay pending. Returns false if there are too many left rooms with pending events; then the
    /// session stays in the room.
    /// </summary>
    /// <param name="membership">The membership of the room.</param>
    /// <param name="sequence">The sequence of the record of leaving.</param>
    /// <param name="maxLeft">How many left rooms with pending events it may have; 0 for any number.</param>
    public bool TryLeave(Membership membership, long sequence, int maxLeft)
    {
        // A room without pending events is not kept: a session that wanders through silent rooms gets no event whose acknowledgement could
        // remove them later.
        PastMembership stay = new(membership.Room, membership.JoinedAt, sequence);
        bool hasPending = HasPending(stay);
        if (hasPending && maxLeft > 0 && CountLeft(maxLeft) >= maxLeft)
        {
            return false;
        }

        membership.Room.RemoveMember(membership);
        _open.Remove(membership);
        RoomCount--;
        Namespace.Observer?.Left(this, membership.Room);
        if (hasPending)
        {
            AddLeft(stay);
        }
        else
        {
            Counted = null;
        }

        ForgetAcknowledged();
        return true;
    }

    /// <summary>Whether an event emitted to the room during the stay may still be pending. Never false if one is.</summary>
    public bool HasPending(in PastMembership stay)
    {
        // A session that left itself out of all its own emits has none of them pending. With more than a few such emits, looking at all of
        // them is not worth it.
        const int MaxLooks = 64;
        SequenceList sequences = stay.Room.Sequences;
        int first = sequences.IndexAfter(Math.Max(stay.JoinedAt, Cursor));
        int end = sequences.IndexAfter(stay.LeftAt);
        for (int i = first; i < end; i++)
        {
            if (i - first == MaxLooks
                || !Namespace.Limits.TryGetValue(sequences[i], out EventLimits limits)
                || !Exclusions.Contain(limits.Except, Id))
            {
                return true;
            }
        }

        return Holes.HoldsAny(sequences, stay.JoinedAt, stay.LeftAt);
    }

    /// <summary>Forgets left rooms without pending events, after events were dropped.</summary>
    public void ForgetLeft()
    {
        if (_left is not null)
        {
            Counted = null;
            _left.RemoveAll(stay => !HasPending(stay));
            _isLeftSwept = true;
        }
    }

    /// <summary>Returns the inbox; creates it if it is missing. The session counts as a member since it began.</summary>
    public Room OpenInbox()
    {
        if (Inbox is null)
        {
            Enter(RestoreInbox(), Id, byChoice: false);
        }

        return Inbox!;
    }

    /// <summary>Creates the inbox without entering it.</summary>
    public Room RestoreInbox() => Inbox = new Room(Names.SessionTargetPrefix + Address);

    /// <summary>Adds a left room from a snapshot. Call in the order in which the rooms were left.</summary>
    public void RestoreLeft(in PastMembership stay) => AddLeft(stay);

    /// <summary>Sets whether and when it was attached.</summary>
    public void RestoreAttachment(long attachedAt, bool isAttached) => (AttachedAt, IsAttached) = (attachedAt, isAttached);

    /// <summary>Attaches a connection, on the host of this epoch.</summary>
    public void Attach(long sequence, long epoch)
    {
        if (IsAttached && Epoch != epoch)
        {
            // The host that had it before has not reported yet what it has sent.
            MaybeSentUpTo = sequence;
        }

        (AttachedAt, Epoch, IsAttached) = (sequence, epoch, true);
    }

    /// <summary>Marks it as not attached.</summary>
    public void Detach() => IsAttached = false;

    /// <summary>Adds the progress from a record. Never takes anything back.</summary>
    public void Merge(in Progress progress)
    {
        _gaps?.Acknowledge(progress.AcknowledgedUpTo, progress.AsOf);
        Handled?.Release(progress);
        Holes.Keep(progress.Cursor, progress.Holes);
        if (progress.Cursor > Cursor)
        {
            foreach (long hole in progress.Holes)
            {
                if (hole > Cursor)
                {
                    Holes.Add(hole);
                }
            }

            Cursor = progress.Cursor;
        }

        ForgetAcknowledged();
    }

    /// <summary>
    /// Turns the pending events in this range into a gap and returns it; null if there are none. Call before the rooms forget the events.
    /// </summary>
    public Gap? Lose(SequenceRange range, PendingEvents pending, long at, long now)
    {
        Counted = null;
        Gap? lost = Cursor < range.Last ? pending.Between(this, Math.Max(Cursor, range.First - 1), range.Last, now, at) : null;
        if (Holes.Count > 0 && Holes.First <= range.Last)
        {
            List<long> holes = Holes.TakeWithin(range.First, range.Last);
            holes.RemoveAll(sequence => !PendingEvents.IsAdmitted(this, sequence, now));
            if (holes.Count > 0)
            {
                Gap before = new(holes[0], holes[^1], holes.Count, at);
                lost = lost is { } beyond ? before.With(beyond) : before;
            }
        }

        if (lost is { } gap)
        {
            AddGap(gap);
        }

        ForgetAcknowledged();
        return lost;
    }

    /// <summary>Adds a gap, which no earlier acknowledgement covers.</summary>
    public void AddGap(in Gap gap) => (_gaps ??= new GapList()).Add(gap);

    /// <summary>Skips everything up to this sequence: nothing of it is pending any more.</summary>
    public void SkipTo(long sequence)
    {
        Counted = null;
        Cursor = Math.Max(Cursor, sequence);
        ForgetAcknowledged();
    }

    // Nothing up to this sequence is pending any more.
    private long AcknowledgedUpTo => Holes.Count == 0 ? Cursor : Holes.First - 1;

    private void ForgetAcknowledged()
    {
        _isLeftSwept = false;
        if (_left is null)
        {
            return;
        }

        if (_left.RemoveUpTo(AcknowledgedUpTo))
        {
            // What was counted in the removed rooms cannot be subtracted any more.
            Counted = null;
            _left = _left.Count == 0 ? null : _left;
        }
    }

    // Counts the left rooms with pending events, exactly if there are fewer than the limit. A client that asks again and again is answered
    // without checking them again.
    private int CountLeft(int limit)
    {
        if (Left.Count >= limit && !_isLeftSwept)
        {
            ForgetLeft();
        }

        return Left.Count;
    }

    private void AddLeft(in PastMembership stay)
    {
        _left ??= new LeftRooms();
        if (_left.WantsSweep)
        {
            // One old event that is never acknowledged must not keep all the rooms that were left after it.
            ForgetLeft();
        }

        _left.Add(stay);
    }
}
