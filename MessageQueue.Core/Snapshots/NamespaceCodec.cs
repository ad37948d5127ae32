using MessageQueue.State;

namespace MessageQueue.Snapshots;

/// <summary>Reads and writes the part of a snapshot with one namespace.</summary>
internal static class NamespaceCodec
{
    public static void Write(NamespaceState ns, SnapshotWriter writer)
    {
        writer.Text(ns.Name);
        writer.Ascending(ns.Everyone.Sequences);
        WriteLimits(ns, writer);

        RoomIndex rooms = new(ns);
        writer.Number(ns.Rooms.Count);
        foreach (Room room in ns.Rooms.Values.OrderBy(room => room.Name, StringComparer.Ordinal))
        {
            rooms.Add(room);
            writer.Text(room.Name);
            writer.Ascending(room.Sequences);
        }

        writer.Number(ns.Sessions.Count);
        foreach (SessionState session in ns.Sessions.Values.OrderBy(session => session.Id))
        {
            SessionCodec.Write(session, rooms, writer);
        }
    }

    public static void Read(ServerState state, SnapshotReader reader)
    {
        NamespaceState ns = state.OpenNamespace(reader.Text());
        reader.Ascending(ns.Everyone.Sequences.Add);
        ReadLimits(ns, reader);

        RoomIndex rooms = new(ns);
        for (int left = reader.Count(); left > 0; left--)
        {
            Room room = ns.OpenRoom(reader.Text());
            rooms.Add(room);
            reader.Ascending(room.Sequences.Add);
        }

        for (int left = reader.Count(); left > 0; left--)
        {
            state.Restore(SessionCodec.Read(ns, rooms, reader));
        }

        SpecialEvents.Mark(ns);
    }

    private static void WriteLimits(NamespaceState ns, SnapshotWriter writer)
    {
        writer.Number(ns.Limits.Count);
        long last = 0;
        foreach ((long sequence, EventLimits limits) in ns.Limits.OrderBy(entry => entry.Key))
        {
            writer.Number(sequence - last);
            last = sequence;
            writer.Number(limits.Deadline == long.MaxValue ? 0 : limits.Deadline);
            writer.Number(limits.Except.Length);
            foreach (long id in limits.Except)
            {
                writer.Number(id);
            }
        }
    }

    private static void ReadLimits(NamespaceState ns, SnapshotReader reader)
    {
        long sequence = 0;
        for (int left = reader.Count(); left > 0; left--)
        {
            sequence += reader.Number();
            long deadline = reader.Number();
            long[] except = new long[reader.Count()];
            for (int i = 0; i < except.Length; i++)
            {
                except[i] = reader.Number();
            }

            ns.Limits.Add(sequence, new EventLimits(deadline == 0 ? long.MaxValue : deadline, Exclusions.Sort(except)));
        }
    }
}
