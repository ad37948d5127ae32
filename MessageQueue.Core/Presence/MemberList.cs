using System.Runtime.InteropServices;
using MessageQueue.Storage;

namespace MessageQueue.Presence;

/// <summary>The members of a watched room, in the order of their last change. For the apply loop only.</summary>
internal sealed class MemberList
{
    // Below this number it is not worth looking for outdated entries.
    private const int MinSweep = 64;

    private readonly record struct Entry(long Version, PresentMember Member)
    {
        public bool IsCurrent => Member.ChangedAt == Version;
    }

    private readonly Dictionary<long, PresentMember> _byId = [];

    // A member that changes gets a new entry at the end. The old one stays until the next sweep.
    private readonly List<Entry> _order = [];

    /// <summary>How many there are.</summary>
    public int Count => _byId.Count;

    /// <summary>Returns the member with the id of its session; null if there is none.</summary>
    public PresentMember? Find(long sessionId) => _byId.GetValueOrDefault(sessionId);

    /// <summary>Notes that a member came or changed.</summary>
    /// <param name="member">The member.</param>
    /// <param name="version">A version larger than all before.</param>
    public void Set(PresentMember member, long version)
    {
        _byId[member.Session.Id] = member;
        member.ChangedAt = version;
        if (_order.Count > MinSweep + (2 * _byId.Count))
        {
            // Sweeping when half is outdated costs each entry a constant time.
            _order.RemoveAll(static entry => !entry.IsCurrent);
        }

        _order.Add(new Entry(version, member));
    }

    /// <summary>Removes a member.</summary>
    public void Remove(PresentMember member)
    {
        _byId.Remove(member.Session.Id);
        member.ChangedAt = 0;
    }

    /// <summary>Adds the next members that changed after one version, up to and including another, until the list is full.</summary>
    /// <param name="after">The first version, exclusive.</param>
    /// <param name="upTo">The last version, inclusive.</param>
    /// <param name="members">Where to add them.</param>
    /// <param name="most">How many members the list may have.</param>
    /// <returns>Whether there are more.</returns>
    public bool Take(long after, long upTo, List<PresentMember> members, int most)
    {
        int next = SortedSearch.CountWhile<Entry>(CollectionsMarshal.AsSpan(_order), entry => entry.Version <= after);
        for (; next < _order.Count && _order[next].Version <= upTo; next++)
        {
            if (_order[next].IsCurrent)
            {
                if (members.Count == most)
                {
                    return true;
                }

                members.Add(_order[next].Member);
            }
        }

        return false;
    }
}
