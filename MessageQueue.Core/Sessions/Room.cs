namespace MessageQueue.Sessions;

/// <summary>A name to which events are emitted: a room, everyone (<c>*</c>), or the inbox of one session (<c>@NAME</c>).</summary>
internal sealed class Room(string name)
{
    private readonly List<Membership> _members = [];
    private readonly List<Membership> _online = [];

    /// <summary>The name.</summary>
    public string Name { get; } = name;

    /// <summary>What was emitted to it.</summary>
    public SequenceList Sequences { get; } = new();

    /// <summary>How many sessions are in it, attached or not.</summary>
    public int Members => _members.Count;

    /// <summary>The open memberships of all its sessions, in no order.</summary>
    public IReadOnlyList<Membership> Memberships => _members;

    /// <summary>The open memberships of attached sessions, in no order.</summary>
    public List<Membership> Online => _online;

    /// <summary>Adds a session that enters.</summary>
    public void AddMember(Membership membership)
    {
        membership.MemberIndex = _members.Count;
        _members.Add(membership);
    }

    /// <summary>Removes a session that leaves.</summary>
    public void RemoveMember(Membership membership)
    {
        Membership last = _members[^1];
        _members[membership.MemberIndex] = last;
        last.MemberIndex = membership.MemberIndex;
        _members.RemoveAt(_members.Count - 1);
    }

    /// <summary>Adds an attached session.</summary>
    public void AddOnline(Membership membership)
    {
        if (membership.OnlineIndex < 0)
        {
            membership.OnlineIndex = _online.Count;
            _online.Add(membership);
        }
    }

    /// <summary>Removes a session that detached or left.</summary>
    public void RemoveOnline(Membership membership)
    {
        int index = membership.OnlineIndex;
        if (index < 0)
        {
            return;
        }

        Membership last = _online[^1];
        _online[index] = last;
        last.OnlineIndex = index;
        _online.RemoveAt(_online.Count - 1);
        membership.OnlineIndex = -1;
    }
}
