using MessageQueue.Delivery;
using MessageQueue.State;

namespace MessageQueue.Presence;

/// <summary>
/// A room that somebody watches. It exists while somebody does, whether or not there is a room of this name. For the apply loop only.
/// </summary>
/// <param name="ns">The namespace.</param>
/// <param name="name">The name.</param>
/// <param name="maxMembers">The largest number of sessions that are named. More are only counted.</param>
internal sealed class WatchedRoom(string ns, string name, int maxMembers)
{
    private readonly List<Watch> _watches = [];

    /// <summary>The namespace.</summary>
    public string Namespace { get; } = ns;

    /// <summary>The name.</summary>
    public string Name { get; } = name;

    /// <summary>Those who watch it, in no order.</summary>
    public IReadOnlyList<Watch> Watches => _watches;

    /// <summary>Who is there; null if so many are there that they are only counted.</summary>
    public MemberList? Members { get; private set; }

    /// <summary>Those who left since the last difference. Some of them may be back.</summary>
    public Dictionary<long, SessionState> Left { get; } = [];

    /// <summary>The version of the last change.</summary>
    public long ChangedAt { get; private set; }

    /// <summary>The version up to which changes were told.</summary>
    public long ToldUpTo { get; set; }

    /// <summary>The number that was told last, where members are only counted; −1 for none.</summary>
    public int ToldCount { get; set; } = -1;

    /// <summary>Whether it is in the list of rooms with changes to tell.</summary>
    public bool IsListed { get; set; }

    /// <summary>Adds a watch.</summary>
    public void Add(Watch watch)
    {
        watch.Index = _watches.Count;
        _watches.Add(watch);
    }

    /// <summary>Removes a watch.</summary>
    public void Remove(Watch watch)
    {
        Watch last = _watches[^1];
        _watches[watch.Index] = last;
        last.Index = watch.Index;
        _watches.RemoveAt(_watches.Count - 1);
        watch.Index = -1;
    }

    /// <summary>Begins with those who are connected: names them if they are few enough, otherwise counts them.</summary>
    public void Fill(ReadOnlySpan<SessionDelivery> connected, Versions versions)
    {
        Left.Clear();
        Members = null;
        ToldCount = connected.Length;
        if (connected.Length <= maxMembers)
        {
            Members = new MemberList();
            foreach (SessionDelivery delivery in connected)
            {
                Members.Set(new PresentMember(delivery.Session), versions.Next());
            }
        }

        (ChangedAt, ToldUpTo) = (versions.Last, versions.Last);
    }

    /// <summary>Adds a session, if it is not there already. Returns whether something has changed.</summary>
    public bool TryEnter(SessionState session, Versions versions)
    {
        if (Members?.Find(session.Id) is not null)
        {
            return false;
        }

        ChangedAt = versions.Next();
        Members?.Set(new PresentMember(session), ChangedAt);
        if (Members?.Count > maxMembers)
        {
            (Members, ToldCount) = (null, -1);
            Left.Clear();
        }

        return true;
    }

    /// <summary>Removes a session, if it is there. Returns whether something has changed.</summary>
    public bool TryLeave(SessionState session, Versions versions)
    {
        if (Members is not null)
        {
            if (Members.Find(session.Id) is not { } member)
            {
                return false;
            }

            Members.Remove(member);
            Left[session.Id] = session;
        }

        ChangedAt = versions.Next();
        return true;
    }

    /// <summary>Notes that a session shows something else. Returns whether it is among the members.</summary>
    public bool TryUpdate(SessionState session, Versions versions)
    {
        if (Members?.Find(session.Id) is not { } member)
        {
            return false;
        }

        ChangedAt = versions.Next();
        Members.Set(member, ChangedAt);
        return true;
    }
}
