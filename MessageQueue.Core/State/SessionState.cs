using System.Text;
using MessageQueue.Delivery;
using MessageQueue.Protocol;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.State;

/// <summary>
/// One session: its rooms, and how far it has come. It outlives its connections and the process. Belongs to the thread that folds the log.
/// </summary>
internal sealed class SessionState
{
    // A record has to fit into the log, and the windows of a shared session have no limit together. Who has more open is said to be less far than it is.
    private const int MaxHoles = 16_384;

    private static readonly LeftRooms NoLeftRooms = new();

    private readonly OpenRooms _open = new();
    private LeftRooms? _left;
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

    /// <summary>The rooms it left while they owed it something. Of those that owe it nothing any more some may still be here, so that it is no part of the state whether they are.</summary>
    public LeftRooms Left => _left ?? NoLeftRooms;

    /// <summary>How many rooms it is in, by its own choice.</summary>
    public int RoomCount { get; private set; }

    /// <summary>The room that <c>@NAME</c> stands for; null until something was emitted to it.</summary>
    public Room? Inbox { get; private set; }

    /// <summary>Everything owed up to here was sent to it. What of that is not acknowledged is in <see cref="Unacked"/>.</summary>
    public long Cursor { get; set; }

    /// <summary>What was sent and not acknowledged.</summary>
    public UnackedEvents Unacked { get; } = new();

    /// <summary>What retention took from it and it has not acknowledged.</summary>
    public IReadOnlyList<Gap> Gaps => _gaps?.Items ?? [];

    /// <summary>The greatest number that its client acknowledged in this run. Not part of the fold.</summary>
    public long AcknowledgedUpTo { get; private set; }

    /// <summary>Events up to here may have been sent before a crash although nothing says so.</summary>
    public long MaybeSentUpTo { get; set; }

    /// <summary>The sequence of the record that attached it last.</summary>
    public long AttachedAt { get; private set; }

    /// <summary>Whether, as far as the log goes, a connection has it.</summary>
    public bool IsAttached { get; private set; }

    /// <summary>When it was last attached, in milliseconds since the Unix epoch.</summary>
    public long LastSeen { get; set; }

    /// <summary>Whether it was ended; its owner may still hold it.</summary>
    public bool IsEnded { get; set; }

    /// <summary>Its connections, while it has any. Not part of the fold.</summary>
    public ConnectedSession? ConnectedSession { get; set; }

    /// <summary>What was counted of what it is owed, so that it is not counted again. Not part of the fold.</summary>
    public CountedEvents? Counted { get; set; }

    /// <summary>Its place in <see cref="ServerState.Roster"/>. Not part of the fold.</summary>
    public int RosterIndex { get; set; }

    /// <summary>Bytes of dead letters on their way into the log. Not part of the fold.</summary>
    public long BytesLeaving { get; set; }

    /// <summary>The references of its emits.</summary>
    public RecentReferences References => _references ??= new RecentReferences();

    /// <summary>How many references of its emits are remembered.</summary>
    public int ReferenceCount => _references?.Count ?? 0;

    /// <summary>The membership of this room, if it is in it.</summary>
    public Membership? Find(Room room) => _open.Find(room);

    /// <summary>The keys of what handlers emitted while they handled its events; null while there are none.</summary>
    public RecentReferences? HandlerReferences { get; private set; }

    /// <summary>The unfinished events of durable handlers of which something is remembered; null while there are none, and always where it is not the server's own.</summary>
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
        if (IsAttached)
        {
            room.AddOnline(membership);
        }
    }

    /// <summary>Leaves a room; what it owes stays owed.</summary>
    public void Leave(Membership membership, long sequence)
    {
        membership.Room.RemoveMember(membership);
        _open.Remove(membership);
        RoomCount--;
        // What owes nothing goes at once: who wanders through rooms in which nothing happens is sent nothing by which it could settle them later.
        PastMembership stay = new(membership.Room, membership.JoinedAt, sequence);
        if (Owes(stay))
        {
            AddLeft(stay);
        }
        else
        {
            Counted = null;
        }

        ForgetSettled();
    }

    /// <summary>Whether anything that was emitted to the room during the stay may still be owed. Never false where something is.</summary>
    public bool Owes(in PastMembership stay)
    {
        // One who left itself out of all that it emitted is owed none of that, but whoever left itself out of more is not worth looking at all of it.
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

        return Unacked.HoldsAny(sequences, stay.JoinedAt, stay.LeftAt);
    }

    /// <summary>Forgets rooms that it left and that owe it nothing any more, after events were dropped.</summary>
    public void ForgetLeft()
    {
        if (_left is not null)
        {
            Counted = null;
            _left.RemoveAll(stay => !Owes(stay));
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

    /// <summary>Sets whether and when it was attached, after its memberships.</summary>
    public void RestoreAttachment(long attachedAt, bool isAttached)
    {
        Attach(attachedAt);
        if (!isAttached)
        {
            Detach();
        }
    }

    /// <summary>A connection has it now.</summary>
    public void Attach(long sequence)
    {
        AttachedAt = sequence;
        IsAttached = true;
        foreach (Membership membership in _open.Items)
        {
            membership.Room.AddOnline(membership);
        }
    }

    /// <summary>No connection has it now.</summary>
    public void Detach()
    {
        IsAttached = false;
        foreach (Membership membership in _open.Items)
        {
            membership.Room.RemoveOnline(membership);
        }
    }

    /// <summary>Takes in what a record says it has dealt with. Never takes anything back.</summary>
    public void Merge(in Progress progress)
    {
        _gaps?.Acknowledge(progress.AcknowledgedUpTo, progress.AsOf);
        Handled?.Release(progress);
        Unacked.RemoveBut(progress.Cursor, progress.Holes);
        if (progress.Cursor > Cursor)
        {
            foreach (long hole in progress.Holes)
            {
                if (hole > Cursor)
                {
                    Unacked.AddWaiting(hole);
                }
            }

            Cursor = progress.Cursor;
        }

        ForgetSettled();
    }

    /// <summary>
    /// What it has dealt with, in as few words as are true: acknowledgements mostly come in order, and then a cursor says it all.
    /// </summary>
    /// <param name="cursor">Everything owed up to here was sent.</param>
    /// <param name="head">The sequence of the last record applied; 0 to say nothing of gaps.</param>
    public Progress ProgressUpTo(long cursor, long head = 0)
    {
        long settled = Unacked.Count == 0 ? cursor : Math.Max(Unacked.First - 1, Math.Min(cursor, Unacked.HighestAcknowledged));
        List<long> holes = Unacked.UpTo(settled);
        if (holes.Count > MaxHoles)
        {
            settled = holes[MaxHoles] - 1;
            holes.RemoveRange(MaxHoles, holes.Count - MaxHoles);
        }

        return new Progress(Id, settled, holes) { AcknowledgedUpTo = AcknowledgedUpTo, AsOf = head };
    }

    /// <summary>Its client acknowledged this number, of an event or of a gap: gaps that end there or before are done with. False when there are none.</summary>
    public bool Acknowledge(long number)
    {
        AcknowledgedUpTo = Math.Max(AcknowledgedUpTo, number);
        return _gaps?.Acknowledge(number, long.MaxValue) ?? false;
    }

    /// <summary>What it is still owed in this range is a gap from now on; null when that is nothing. Call before the rooms forget.</summary>
    public Gap? Lose(SequenceRange range, PendingEvents owed, long at, long now)
    {
        Counted = null;
        Gap? lost = Cursor < range.Last ? owed.Between(this, Math.Max(Cursor, range.First - 1), range.Last, now, at) : null;
        if (Unacked.Count > 0 && Unacked.First <= range.Last)
        {
            List<long> unacked = Unacked.TakeWithin(range.First, range.Last);
            unacked.RemoveAll(sequence => !PendingEvents.IsAdmitted(this, sequence, now));
            if (unacked.Count > 0)
            {
                Gap sent = new(unacked[0], unacked[^1], unacked.Count, at);
                lost = lost is { } unsent ? sent.With(unsent) : sent;
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
    public void AddGap(in Gap gap)
    {
        (_gaps ??= new GapList()).Add(gap);
        AcknowledgedUpTo = Math.Min(AcknowledgedUpTo, gap.To - 1);
    }

    /// <summary>Nothing up to here is owed any more.</summary>
    public void SkipTo(long sequence)
    {
        Counted = null;
        Cursor = Math.Max(Cursor, sequence);
        ForgetSettled();
    }

    /// <summary>As <see cref="ProgressUpTo"/>, as if this event were dealt with.</summary>
    public Progress ProgressWithout(long sequence, long cursor)
    {
        long settled = Math.Max(sequence, ProgressUpTo(cursor).Cursor);
        List<long> holes = Unacked.UpTo(settled);
        holes.Remove(sequence);
        return new Progress(Id, settled, holes);
    }

    // Nothing up to here is owed any more.
    private long Settled => Unacked.Count == 0 ? Cursor : Unacked.First - 1;

    private void ForgetSettled()
    {
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
