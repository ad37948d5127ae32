using MessageQueue.State;

namespace MessageQueue.Snapshots;

/// <summary>
/// Finds again which events are special to their rooms (<see cref="Room.Special"/>), which follows from all else that a snapshot holds.
/// </summary>
internal static class SpecialEvents
{
    /// <summary>Marks them in all rooms of a namespace that was read.</summary>
    public static void Mark(NamespaceState ns)
    {
        Room[] rooms = [.. ns.Rooms.Values.Append(ns.Everyone).Concat(ns.Sessions.Values.Select(session => session.Inbox!)).Where(room => room?.Sequences.Count > 0)];
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

    // Sorted, those that several rooms have stand side by side. The rooms' own lists are sorted already, so that this takes hardly more
    // than a look at each.
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
