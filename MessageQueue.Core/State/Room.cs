using System.Runtime.InteropServices;
using MessageQueue.Storage;

namespace MessageQueue.State;

/// <summary>A name to which events are emitted: a room, everyone (<c>*</c>), or the inbox of one session (<c>@NAME</c>).</summary>
internal sealed class Room(string name)
{
    // Null until somebody enters: a room may exist for an event alone.
    private List<Membership>? _members;
    private SequenceList? _special;

    /// <summary>The name.</summary>
    public string Name { get; } = name;

    /// <summary>The sequences of the events that were emitted to it.</summary>
    public SequenceList Sequences { get; } = new();

    /// <summary>
    /// The sequences of events that went to other rooms too, or that not everybody gets. All others can be counted without being looked at.
    /// It may hold more than those; that only costs time.
    /// </summary>
    public SequenceList Special => _special ?? SequenceList.Empty;

    /// <summary>The sessions in it, attached or not, in no order.</summary>
    public ReadOnlySpan<Membership> Members => CollectionsMarshal.AsSpan(_members);

    /// <summary>The number of sessions in it.</summary>
    public int MemberCount => _members?.Count ?? 0;

    /// <summary>Adds an event with a sequence greater than the last.</summary>
    public void Add(long sequence, bool isSpecial)
    {
        Sequences.Add(sequence);
        if (isSpecial)
        {
            AddSpecial(sequence);
        }
    }

    /// <summary>Adds an event to <see cref="Special"/>; its sequence is greater than the last one there.</summary>
    public void AddSpecial(long sequence) => (_special ??= new SequenceList()).Add(sequence);

    /// <summary>Removes events.</summary>
    public void Remove(SequenceRange range)
    {
        Sequences.Remove(range);
        _special?.Remove(range);
    }

    /// <summary>Adds a member.</summary>
    public void AddMember(Membership membership)
    {
        _members ??= new List<Membership>(1);
        membership.MemberIndex = _members.Count;
        _members.Add(membership);
    }

    /// <summary>Removes a member.</summary>
    public void RemoveMember(Membership membership)
    {
        Membership last = _members![^1];
        _members[membership.MemberIndex] = last;
        last.MemberIndex = membership.MemberIndex;
        _members.RemoveAt(_members.Count - 1);
        membership.MemberIndex = -1;
        if (_members.Count == 0)
        {
            _members = null;
        }
    }
}
