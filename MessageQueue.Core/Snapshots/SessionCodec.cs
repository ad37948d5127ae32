using MessageQueue.State;
using MessageQueue.State.Keys;

namespace MessageQueue.Snapshots;

/// <summary>Reads and writes the part of a snapshot with one session.</summary>
internal static class SessionCodec
{
    private const byte IsAttached = 1;
    private const byte HasInbox = 2;

    public static void Write(SessionState session, RoomIndex rooms, SnapshotWriter writer)
    {
        writer.Number(session.Id);
        writer.Text(session.Name);
        writer.Byte((byte)((session.IsAttached ? IsAttached : 0) | (session.Inbox is null ? 0 : HasInbox)));
        writer.Number(session.AttachedAt);
        writer.Number(session.LastSeen);
        writer.Number(session.Cursor);
        writer.Number(session.MaybeSentUpTo);
        writer.Number(session.Holes.HighestAcknowledged);
        writer.Ascending(session.Holes.Items);
        WriteGaps(session, writer);
        WriteReferences(session.ReferenceCount == 0 ? null : session.References, writer);
        if (session.Inbox is { } inbox)
        {
            writer.Ascending(inbox.Sequences);
        }

        WriteMemberships(session, rooms, writer);
        WriteReferences(session.HandlerReferences, writer);
        HandledEventsCodec.Write(session.Handled, writer);
    }

    public static SessionState Read(NamespaceState ns, RoomIndex rooms, SnapshotReader reader)
    {
        SessionState session = ns.RestoreSession(reader.Number(), reader.Text());
        byte flags = reader.Byte();
        long attachedAt = reader.Number();
        session.LastSeen = reader.Number();
        session.Cursor = reader.Number();
        session.MaybeSentUpTo = reader.Number();
        session.Holes.HighestAcknowledged = reader.Number();
        reader.Ascending(session.Holes.Add);
        ReadGaps(session, reader);
        ReadReferences(() => session.References, reader);
        Room? inbox = (flags & HasInbox) == 0 ? null : session.RestoreInbox();
        if (inbox is not null)
        {
            reader.Ascending(inbox.Sequences.Add);
        }

        ReadMemberships(session, rooms, reader);
        if (reader.Version > 1)
        {
            ReadReferences(session.OpenHandlerReferences, reader);
            HandledEventsCodec.Read(session, reader);
        }

        session.RestoreAttachment(attachedAt, (flags & IsAttached) != 0);
        return session;
    }

    private static void WriteGaps(SessionState session, SnapshotWriter writer)
    {
        writer.Number(session.Gaps.Count);
        foreach (Gap gap in session.Gaps)
        {
            writer.Number(gap.From);
            writer.Number(gap.To - gap.From);
            writer.Number(gap.Count + 1 ?? 0);
            writer.Number(gap.ArisenAt);
        }
    }

    private static void ReadGaps(SessionState session, SnapshotReader reader)
    {
        for (int left = reader.Count(); left > 0; left--)
        {
            long from = reader.Number();
            long to = from + reader.Number();
            long count = reader.Number();
            session.AddGap(new Gap(from, to, count == 0 ? null : count - 1, reader.Number()));
        }
    }

    private static void WriteReferences(RecentReferences? references, SnapshotWriter writer)
    {
        writer.Number(references?.Count ?? 0);
        foreach ((string reference, long sequence) in references?.InOrder ?? [])
        {
            writer.Text(reference);
            writer.Number(sequence);
        }
    }

    private static void ReadReferences(Func<RecentReferences> open, SnapshotReader reader)
    {
        for (int left = reader.Count(); left > 0; left--)
        {
            open().Add(reader.Text(), reader.Number());
        }
    }

    private static void WriteMemberships(SessionState session, RoomIndex rooms, SnapshotWriter writer)
    {
        // A left room without pending events is no part of the state, whether or not it was forgotten already.
        List<PastMembership> left = [];
        for (int i = 0; i < session.Left.Count; i++)
        {
            if (session.HasPending(session.Left[i]))
            {
                left.Add(session.Left[i]);
            }
        }

        writer.Number(session.Memberships.Count + left.Count);
        foreach (Membership membership in session.Memberships)
        {
            writer.Number(rooms.NumberOf(membership.Room, session));
            writer.Number(membership.JoinedAt);
            writer.Number(0);
        }

        foreach (PastMembership stay in left)
        {
            writer.Number(rooms.NumberOf(stay.Room, session));
            writer.Number(stay.JoinedAt);
            writer.Number(stay.LeftAt - stay.JoinedAt + 1);
        }
    }

    private static void ReadMemberships(SessionState session, RoomIndex rooms, SnapshotReader reader)
    {
        List<PastMembership> stays = [];
        for (int left = reader.Count(); left > 0; left--)
        {
            long number = reader.Number();
            long joinedAt = reader.Number();
            long length = reader.Number();
            Room room = rooms.RoomOf(number) ?? session.Inbox ?? throw SnapshotReader.Broken("a session has no inbox");
            if (length == 0)
            {
                session.Enter(room, joinedAt, byChoice: number > RoomIndex.Inbox);
            }
            else
            {
                stays.Add(new PastMembership(room, joinedAt, joinedAt + length - 1));
            }
        }

        // They are written in this order now; older versions did not keep it.
        foreach (PastMembership stay in stays.OrderBy(stay => stay.LeftAt))
        {
            session.RestoreLeft(stay);
        }
    }
}
