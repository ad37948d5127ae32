using MessageQueue.State;

namespace MessageQueue.Snapshots;

/// <summary>
/// Finds the events that are special to their rooms (<see cref="Room.Special"/>). They are not in the snapshot, because they follow from
/// the rest of it.
/// </summary>
internal static class SpecialEvents
{
    /// <summary>Marks the special events in all rooms of a namespace that was read.</summary>
    public static void Mark(NamespaceState ns)
    {
        IEnumerable<Room> inboxes = ns.Sessions.Values.Select(session => session.Inbox!);
        Room[] rooms = [.. ns.Rooms.Values.Append(ns.Everyone).Concat(inboxes).Where(room => room?.Sequences.Count > 0)];
        if (rooms.Length == 0 || (rooms.Length == 1 && ns.Limits.Count == 0))
        {
            return;
        }

        HashSet<long> special = Shared(rooms);
        special.UnionWith(ns.Limits.Keys);
        if (special.Count == 0)
        {
            return;
        }

        foreach (Room room in rooms)
        {
            for (int i = 0; i < room.Sequences.Count; i++)
            {
                if (special.Contains(room.Sequences[i]))
                {
                    room.AddSpecial(room.Sequences[i]);
                }
            }
        }
    }

    // After sorting, sequences that several rooms have are next to each other. The rooms' own lists are sorted already, so this costs
    // little more than looking at each sequence once.
    private static HashSet<long> Shared(Room[] rooms)
    {
        long[] all = new long[rooms.Sum(room => room.Sequences.Count)];
        int count = 0;
        foreach (Room room in rooms)
        {
            for (int i = 0; i < room.Sequences.Count; i++)
            {
                all[count++] = room.Sequences[i];
            }
        }

        Array.Sort(all);
        HashSet<long> shared = [];
        for (int i = 1; i < all.Length; i++)
        {
            if (all[i] == all[i - 1])
            {
                shared.Add(all[i]);
            }
        }

        return shared;
    }
}
