using System.Text;
using MessageQueue.Protocol;
using MessageQueue.State.Keys;
using MessageQueue.State.Pending;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.State;

/// <summary>
/// One session as the log has it: its rooms, and what it has dealt with. It outlives its connections and the process. Only records change
/// it, and it knows nothing of connections: what is on its way to them is the delivery's. Belongs to the thread that folds the log.
/// </summary>
internal sealed class SessionState
{
    private static readonly LeftRooms NoLeftRooms = new();

    private readonly OpenRooms _open = new();
    private LeftRooms? _left;

    // Whether all in it owe something: nothing was dealt with since somebody looked. Follows from the state, and is no part of it.
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

    /// <summary>The sequence of the record that made it: never used twice, as a name may be.</summary>
    public long Id { get; }

    /// <summary>The name that resumes it.</summary>
    public string Name { get; }

    /// <summary>What others know it by.</summary>
    public string Address { get; }

    /// <summary><see cref="Address"/> in UTF-8.</summary>
    public byte[] AddressUtf8 => _addressUtf8 ??= Encoding.UTF8.GetBytes(Address);

    /// <summary>Whether it is one of the server's own, which are nobody to clients and operators.</summary>
    public bool IsServersOwn => ServerSessions.IsName(Name);

    /// <summary>Whether the server made its name.</summary>
    public bool IsAnonymous => Names.IsAnonymous(Name);

    /// <summary>Its namespace.</summary>
    public NamespaceState Namespace { get; }

    /// <summary>The rooms it is in, everyone's and its inbox among them.</summary>
    public IReadOnlyList<Membership> Memberships => _open.Items;

    /// <summary>
    /// The rooms it left while they owed it something. Of those that owe it nothing any more some may still be here, so that it is no part
    /// of the state whether they are.
    /// </summary>
    public LeftRooms Left => _left ?? NoLeftRooms;

    /// <summary>How many rooms it is in, by its own choice.</summary>
    public int RoomCount { get; private set; }

    /// <summary>The room that <c>@NAME</c> stands for; null until something was emitted to it.</summary>
    public Room? Inbox { get; private set; }

    /// <summary>
    /// Everything owed up to here is dealt with, but what is in <see cref="Holes"/>. For a session that is attached, the log learns of it a
    /// little later.
    /// </summary>
    public long Cursor { get; set; }

    /// <summary>What is still owed up to <see cref="Cursor"/>.</summary>
    public HoleList Holes { get; } = new();

    /// <summary>What retention took from it and it has not acknowledged.</summary>
    public IReadOnlyList<Gap> Gaps => _gaps?.Items ?? [];

    /// <summary>Events up to here may have been sent before a crash although nothing says so.</summary>
    public long MaybeSentUpTo { get; set; }

    /// <summary>The sequence of the record that attached it last.</summary>
    public long AttachedAt { get; private set; }

    /// <summary>Whether, as far as the log goes, a connection has it.</summary>
    public bool IsAttached { get; private set; }

    /// <summary>The epoch of the host on which it was attached last: see <see cref="ServerState.EpochOf"/>.</summary>
    public long Epoch { get; private set; }

    /// <summary>When it was last attached, in milliseconds since the Unix epoch.</summary>
    public long LastSeen { get; set; }

    /// <summary>Whether it was ended; its owner may still hold it.</summary>
    public bool IsEnded { get; set; }

    /// <summary>
    /// What was counted of what it is owed, so that it is not counted again. Follows from the state, and is no part of it.
    /// </summary>
    public CountedEvents? Counted { get; set; }

    /// <summary>Its place in <see cref="ServerState.Roster"/>, which is in no order and no part of the state.</summary>
    public int RosterIndex { get; set; }

    /// <summary>The references of its emits.</summary>
    public RecentReferences References => _references ??= new RecentReferences();

    /// <summary>How many references of its emits are remembered.</summary>
    public int ReferenceCount => _references?.Count ?? 0;

    /// <summary>The membership of this room, if it is in it.</summary>
    public Membership? Find(Room room) => _open.Find(room);

    /// <summary>The keys of what handlers emitted while they handled its events; null while there are none.</summary>
    public RecentReferences? HandlerReferences { get; private set; }

    /// <summary>
    /// The unfinished events of durable handlers of which something is remembered; null while there are none, and always where it is not
    /// the server's own.
    /// </summary>
    public HandledEvents? Handled { get; private set; }

    /// <summary><see cref="HandlerReferences"/>, made when missing.</summary>
    public RecentReferences OpenHandlerReferences() => HandlerReferences ??= new RecentReferences();

    /// <summary><see cref="Handled"/>, made when missing.</summary>
    public HandledEvents OpenHandled() => Handled ??= new HandledEvents();

    /// <summary>Whether an event with this sequence, emitted to this room, was for this session.</summary>
    public bool WasIn(Room room, long sequence) => (_open.Find(room) is { } open && sequence > open.JoinedAt) || Left.Covers(room, sequence);

    /// <summary>Enters a room that it is not in.</summary>
    public void Enter(Room room, long sequence, bool byChoice)
    {
        Membership membership = new(this, room, sequence);
        _open.Add(membership);
        room.AddMember(membership);
        RoomCount += byChoice ? 1 : 0;
        Namespace.Observer?.Entered(this, room);
    }

    /// <summary>Leaves a room; what it owes stays owed. False: there are too many such rooms already, and it stays in it.</summary>
    /// <param name="membership">The room.</param>
    /// <param name="sequence">The sequence of the record that says so.</param>
    /// <param name="maxLeft">How many rooms it may have left that owe it something; 0 for any number.</param>
    public bool TryLeave(Membership membership, long sequence, int maxLeft)
    {
        // What owes nothing goes at once: who wanders through rooms in which nothing happens is sent nothing by which it could settle them
        // later.
        PastMembership stay = new(membership.Room, membership.JoinedAt, sequence);
        bool owes = Owes(stay);
        if (owes && maxLeft > 0 && CountLeft(maxLeft) >= maxLeft)
        {
            return false;
        }

        membership.Room.RemoveMember(membership);
        _open.Remove(membership);
        RoomCount--;
        Namespace.Observer?.Left(this, membership.Room);
        if (owes)
        {
            AddLeft(stay);
        }
        else
        {
            Counted = null;
        }

        ForgetSettled();
        return true;
    }

    /// <summary>Whether anything that was emitted to the room during the stay may still be owed. Never false where something is.</summary>
    public bool Owes(in PastMembership stay)
    {
        // One who left itself out of all that it emitted is owed none of that, but whoever left itself out of more is not worth looking at
        // all of it.
        const int MaxLooks = 64;
        SequenceList sequences = stay.Room.Sequences;
        int first = sequences.IndexAfter(Math.Max(stay.JoinedAt, Cursor));
        int end = sequences.IndexAfter(stay.LeftAt);
        for (int i = first; i < end; i++)
        {
            if (i - first == MaxLooks || !Namespace.Limits.TryGetValue(sequences[i], out EventLimits limits) || Array.IndexOf(limits.Except, Id) < 0)
            {
                return true;
            }
        }

        return Holes.HoldsAny(sequences, stay.JoinedAt, stay.LeftAt);
    }

    /// <summary>Forgets rooms that it left and that owe it nothing any more, after events were dropped.</summary>
    public void ForgetLeft()
    {
        if (_left is not null)
        {
            Counted = null;
            _left.RemoveAll(stay => !Owes(stay));
            _isLeftSwept = true;
        }
    }

    /// <summary>The inbox, made when missing; it counts as there since the session began.</summary>
    public Room OpenInbox()
    {
        if (Inbox is null)
        {
            Enter(RestoreInbox(), Id, byChoice: false);
        }

        return Inbox!;
    }

    /// <summary>Makes the inbox, which the session is not yet in.</summary>
    public Room RestoreInbox() => Inbox = new Room(Names.SessionTargetPrefix + Address);

    /// <summary>Adds a room that it left before, as a snapshot holds it; after those that it left earlier.</summary>
    public void RestoreLeft(in PastMembership stay) => AddLeft(stay);

    /// <summary>Sets whether and when it was attached.</summary>
    public void RestoreAttachment(long attachedAt, bool isAttached) => (AttachedAt, IsAttached) = (attachedAt, isAttached);

    /// <summary>A connection has it now, on the host of this epoch.</summary>
    public void Attach(long sequence, long epoch)
    {
        if (IsAttached && Epoch != epoch)
        {
            // The host that it was taken from has said nothing yet of what it has sent.
            MaybeSentUpTo = sequence;
        }

        (AttachedAt, Epoch, IsAttached) = (sequence, epoch, true);
    }

    /// <summary>No connection has it now.</summary>
    public void Detach() => IsAttached = false;

    /// <summary>Takes in what a record says it has dealt with. Never takes anything back.</summary>
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

        ForgetSettled();
    }

    /// <summary>
    /// What it is still owed in this range is a gap from now on; null when that is nothing. Call before the rooms forget.
    /// </summary>
    public Gap? Lose(SequenceRange range, PendingEvents owed, long at, long now)
    {
        Counted = null;
        Gap? lost = Cursor < range.Last ? owed.Between(this, Math.Max(Cursor, range.First - 1), range.Last, now, at) : null;
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

        ForgetSettled();
        return lost;
    }

    /// <summary>Adds a gap, which no acknowledgement from before has acknowledged.</summary>
    public void AddGap(in Gap gap) => (_gaps ??= new GapList()).Add(gap);

    /// <summary>Nothing up to here is owed any more.</summary>
    public void SkipTo(long sequence)
    {
        Counted = null;
        Cursor = Math.Max(Cursor, sequence);
        ForgetSettled();
    }

    // Nothing up to here is owed any more.
    private long Settled => Holes.Count == 0 ? Cursor : Holes.First - 1;

    private void ForgetSettled()
    {
        _isLeftSwept = false;
        if (_left is null)
        {
            return;
        }

        if (_left.RemoveUpTo(Settled))
        {
            // What was counted in them cannot be counted off any more.
            Counted = null;
            _left = _left.Count == 0 ? null : _left;
        }
    }

    // Those that owe something; of as many as are of interest. Who asks again and again is answered without another look.
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
            // One old event that is never acknowledged must not keep all the rooms that came after it.
            ForgetLeft();
        }

        _left.Add(stay);
    }
}
