using System.Text;
using MessageQueue.Protocol;
using MessageQueue.Sessions.Records;
using MessageQueue.Storage;

namespace MessageQueue.Sessions;

/// <summary>
/// One session: its rooms, and how far it has come. It outlives its connections and the process. Belongs to the thread that folds the log.
/// </summary>
internal sealed class SessionState
{
    // A record has to fit into the log, and the windows of a shared session have no limit together. Who has more open is said to be less far than it is.
    private const int MaxHoles = 16_384;

    private readonly List<Membership> _memberships = [];
    private RecentReferences? _references;
    private GapList? _gaps;
    private byte[]? _addressUtf8;
    private int _left;

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

    /// <summary>Whether it is the server's own, which has no name and is nobody to clients and operators.</summary>
    public bool IsServersOwn => Name.Length == 0;

    /// <summary>Whether the server made its name.</summary>
    public bool IsAnonymous => Names.IsAnonymous(Name);

    /// <summary>Its namespace.</summary>
    public NamespaceState Namespace { get; }

    /// <summary>Its rooms, everyone's and its inbox among them, and those it left while they still owe it something.</summary>
    public IReadOnlyList<Membership> Memberships => _memberships;

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
    public Subscription? Subscription { get; set; }

    /// <summary>Bytes of dead letters on their way into the log. Not part of the fold.</summary>
    public long BytesLeaving { get; set; }

    /// <summary>The references of its emits.</summary>
    public RecentReferences References => _references ??= new RecentReferences();

    /// <summary>How many references of its emits are remembered.</summary>
    public int ReferenceCount => _references?.Count ?? 0;

    /// <summary>The keys of what handlers emitted while they handled its events; null while there are none.</summary>
    public RecentReferences? HandlerReferences { get; private set; }

    /// <summary>The unfinished events of durable handlers of which something is remembered; null while there are none, and always where it is not the server's own.</summary>
    public HandledEvents? Handled { get; private set; }

    /// <summary><see cref="HandlerReferences"/>, made when missing.</summary>
    public RecentReferences OpenHandlerReferences() => HandlerReferences ??= new RecentReferences();

    /// <summary><see cref="Handled"/>, made when missing.</summary>
    public HandledEvents OpenHandled() => Handled ??= new HandledEvents();

    /// <summary>The open membership of this room, if there is one.</summary>
    public Membership? FindOpen(Room room)
    {
        foreach (Membership membership in _memberships)
        {
            if (membership.Room == room && membership.IsOpen)
            {
                return membership;
            }
        }

        return null;
    }

    /// <summary>Whether an event with this sequence, emitted to this room, was for this session.</summary>
    public bool WasIn(Room room, long sequence)
    {
        foreach (Membership membership in _memberships)
        {
            if (membership.Room == room && membership.Covers(sequence))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Enters a room that it is not in.</summary>
    public void Enter(Room room, long sequence, bool byChoice)
    {
        Membership membership = new(this, room, sequence);
        _memberships.Add(membership);
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
        membership.LeftAt = sequence;
        membership.Room.RemoveOnline(membership);
        membership.Room.RemoveMember(membership);
        RoomCount--;
        if (OwesNothing(membership))
        {
            // At once: who wanders through rooms in which nothing happens is sent nothing by which it could settle them later.
            _memberships.Remove(membership);
            return;
        }

        _left++;
        ForgetSettled();
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

    /// <summary>Adds a membership that a snapshot holds.</summary>
    public void RestoreMembership(Room room, long joinedAt, long leftAt, bool byChoice)
    {
        if (leftAt == long.MaxValue)
        {
            Enter(room, joinedAt, byChoice);
        }
        else
        {
            _memberships.Add(new Membership(this, room, joinedAt) { LeftAt = leftAt });
            _left++;
        }
    }

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
        foreach (Membership membership in _memberships)
        {
            if (membership.IsOpen)
            {
                membership.Room.AddOnline(membership);
            }
        }
    }

    /// <summary>No connection has it now.</summary>
    public void Detach()
    {
        IsAttached = false;
        foreach (Membership membership in _memberships)
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
    public Gap? Lose(SequenceRange range, OwedEvents owed, long at, long now)
    {
        Gap? lost = Cursor < range.Last ? owed.Between(this, Math.Max(Cursor, range.First - 1), range.Last, now, at) : null;
        if (Unacked.Count > 0 && Unacked.First <= range.Last)
        {
            List<long> unacked = Unacked.TakeWithin(range.First, range.Last);
            unacked.RemoveAll(sequence => !OwedEvents.IsAdmitted(this, sequence, now));
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
        if (_left == 0)
        {
            return;
        }

        long floor = Settled;
        _left -= _memberships.RemoveAll(membership => membership.LeftAt <= floor);
    }

    private bool OwesNothing(Membership membership)
    {
        SequenceList sequences = membership.Room.Sequences;
        return sequences.IndexAfter(Math.Max(membership.JoinedAt, Settled)) == sequences.IndexAfter(membership.LeftAt);
    }
}
