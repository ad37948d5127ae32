using System.Text;
using MessageQueue.Storage;

namespace MessageQueue.State.Records;

/// <summary>
/// A connection asks for a session. The limits are in the record, so that reading it again later has the same result, whatever the options
/// are then.
/// </summary>
internal sealed record AttachRecord
{
    /// <summary>The namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The session's name.</summary>
    public required string Session { get; init; }

    /// <summary>Whether to refuse if the session does not exist.</summary>
    public bool MustExist { get; init; }

    /// <summary>The number of sessions from which on no new one is created.</summary>
    public required int MaxSessions { get; init; }

    /// <summary>The limit of the session's rooms. Refused if it would be in more.</summary>
    public required int MaxRooms { get; init; }

    /// <summary>
    /// Where a new session begins: −1 for the next event, 0 for all events that are held, −1 − N for the last N events of its rooms. Any
    /// other number is the sequence to begin with.
    /// </summary>
    public long From { get; init; } = -1;

    /// <summary>How many of the last events of its rooms a new session begins with; null if <see cref="From"/> says otherwise.</summary>
    public long? Last => From < -1 ? -1 - From : null;

    /// <summary>The rooms to join.</summary>
    public IReadOnlyList<string> Rooms { get; init; } = [];

    /// <summary>Returns the <see cref="From"/> for this many last events.</summary>
    public static long FromLast(int count) => -1L - count;

    public byte[] Encode()
    {
        byte[] ns = Encoding.UTF8.GetBytes(Namespace);
        byte[] session = Encoding.UTF8.GetBytes(Session);
        byte[][] rooms = [.. Rooms.Select(Encoding.UTF8.GetBytes)];
        int size = 1 + (2 * sizeof(int)) + sizeof(long) + sizeof(ushort)
            + PayloadWriter.SizeOf(ns) + PayloadWriter.SizeOf(session) + rooms.Sum(room => PayloadWriter.SizeOf(room));
        PayloadWriter writer = new(size);
        writer.Byte(MustExist ? (byte)1 : (byte)0);
        writer.Int32(MaxSessions);
        writer.Int32(MaxRooms);
        writer.Int64(From);
        writer.Name(ns);
        writer.Name(session);
        writer.UInt16(rooms.Length);
        foreach (byte[] room in rooms)
        {
            writer.Name(room);
        }

        return writer.Finish();
    }

    public static AttachRecord Decode(in LogRecord record)
    {
        PayloadReader reader = new(record.Payload);
        byte flags = reader.Byte();
        RecordVersions.CheckFlags(record, flags, known: 1);
        bool mustExist = flags != 0;
        int maxSessions = reader.Int32();
        int maxRooms = reader.Int32();
        long from = reader.Int64();
        string ns = reader.Text();
        string session = reader.Text();
        string[] rooms = new string[reader.UInt16()];
        for (int i = 0; i < rooms.Length; i++)
        {
            rooms[i] = reader.Text();
        }

        return new AttachRecord
        {
            Namespace = ns,
            Session = session,
            MustExist = mustExist,
            MaxSessions = maxSessions,
            MaxRooms = maxRooms,
            From = from,
            Rooms = rooms,
        };
    }
}
