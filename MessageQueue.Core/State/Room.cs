using System.Runtime.InteropServices;
using MessageQueue.Storage;

namespace MessageQueue.State;

/// <summary>A name to which events are emitted: a room, everyone (<c>*</c>), or the inbox of one session (<c>@NAME</c>).</summary>
internal sealed class Room(string name)
{
    // The attached ones first, so that one list is an index of both. Null until somebody enters: a room may be there for an event alone.
    private List<Membership>? _members;
    private SequenceList? _special;
    private int _online;

    /// <summary>The name.</summary>
    public string Name { get; } = name;

    /// <summary>What was emitted to it.</summary>
    public SequenceList Sequences { get; } = new();

    /// <summary>
    /// Those of <see cref="Sequences"/> that went to other rooms too, or that not everybody gets. All others can be counted without being looked at.
    /// What it holds beyond those does no harm.
    /// </summary>
    public SequenceList Special => _special ?? SequenceList.Empty;

    /// <summary>The sessions in it, attached or not, in no order.</summary>
    public ReadOnlySpan<Membership> Members => CollectionsMarshal.AsSpan(_members);

    /// <summary>Those of <see cref="Members"/> that are attached.</summary>
    public ReadOnlySpan<Membership> Online => Members[.._online];

    /// <summary>How many sessions are in it.</summary>
    public int MemberCount => _members?.Count ?? 0;

    /// <summary>Adds an event greater than the last.</summary>
    public void Add(long sequence, bool isSpecial)
    {
        Sequences.Add(sequence);
        if (isSpecial)
        {
            AddSpecial(sequence);
        }
    }

    /// <summary>Marks an event as one of <see cref="Special"/>; greater than the last of them.</summary>
    public void AddSpecial(long sequence) => (_special ??= new SequenceList()).Add(sequence);

    /// <summary>Forgets events.</summary>
    public void Remove(SequenceRange range)
    {
        Sequences.Remove(range);
        _special?.Remove(range);
    }

    /// <summary>Adds a member that is not attached.</summary>
    public void AddMember(Membership membership)
    {
        _members ??= new List<Membership>(1);
        membership.MemberIndex = _members.Count;
        _members.Add(membership);
    }

    /// <summary>Removes a member.</summary>
    public void RemoveMember(Membership membership)
    {
        RemoveOnline(membership);
        Swap(membership.MemberIndex, MemberCount - 1);
        _members!.RemoveAt(_members.Count - 1);
        membership.MemberIndex = -1;
        if (_members.Count == 0)
        {
            _members = null;
        }
    }

    /// <summary>A member is attached.</summary>
    public void AddOnline(Membership membership)
    {
        if (!IsOnline(membership))
        {
            Swap(membership.MemberIndex, _online++);
        }
    }

    /// <summary>A member is not attached any more.</summary>
    public void RemoveOnline(Membership membership)
    {
        if (IsOnline(membership))
        {
            Swap(membership.MemberIndex, --_online);
        }
    }

    /// <summary>Whether this member is attached.</summary>
    public bool IsOnline(Membership membership) => membership.MemberIndex >= 0 && membership.MemberIndex < _online;

    private void Swap(int one, int other)
    {
        List<Membership> members = _members!;
        (members[one], members[other]) = (members[other], members[one]);
        members[one].MemberIndex = one;
        members[other].MemberIndex = other;
    }
}
