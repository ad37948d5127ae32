namespace MessageQueue.State;

/// <summary>The ids of the sessions that do not get an event. They may be all members of a large room, so long lists are sorted.</summary>
internal static class Exclusions
{
    // Up to here a scan is as fast as a search.
    private const int MaxScanned = 16;

    /// <summary>Sorts the ids of a record or snapshot. Those that this version wrote are sorted already.</summary>
    public static long[] Sort(long[] ids)
    {
        for (int i = 1; i < ids.Length; i++)
        {
            if (ids[i] < ids[i - 1])
            {
                Array.Sort(ids);
                break;
            }
        }

        return ids;
    }

    /// <summary>Whether the sorted ids contain an id.</summary>
    public static bool Contain(long[] ids, long id) =>
        ids.Length <= MaxScanned ? Array.IndexOf(ids, id) >= 0 : Array.BinarySearch(ids, id) >= 0;
}
