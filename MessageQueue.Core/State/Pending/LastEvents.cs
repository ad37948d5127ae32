namespace MessageQueue.State.Pending;

/// <summary>Finds where the last events of several rooms begin.</summary>
internal static class LastEvents
{
    /// <summary>
    /// Returns the sequence after which the rooms hold this many events; 0 if they hold fewer. An event in several of the rooms counts
    /// once. An expired event counts too, so that the work is bounded by the number asked for.
    /// </summary>
    public static long Before(IEnumerable<Room> rooms, long count)
    {
        PriorityQueue<(SequenceList Sequences, int Index), long> latest = new();
        foreach (Room room in rooms)
        {
            Add(room.Sequences, room.Sequences.Count - 1);
        }

        long last = long.MaxValue;
        while (count > 0 && latest.TryDequeue(out (SequenceList Sequences, int Index) run, out _))
        {
            long sequence = run.Sequences[run.Index];
            count -= sequence == last ? 0 : 1;
            last = sequence;
            Add(run.Sequences, run.Index - 1);
        }

        return count > 0 ? 0 : last - 1;

        void Add(SequenceList sequences, int index)
        {
            if (index >= 0)
            {
                latest.Enqueue((sequences, index), -sequences[index]);
            }
        }
    }
}
