using System.Text;
using MessageQueue.Storage;

namespace MessageQueue.State.Records;

/// <summary>
/// A session enters or leaves a room. The limit is in the record, so that what a replay decides does not depend on the options of the day.
/// </summary>
/// <param name="SessionId">The session.</param>
/// <param name="MaxRooms"> Entering: refuse when the session would be in more rooms. Leaving: refuse when it would have left more rooms
/// that owe it something; 0 for no limit, as version 1 has none.
/// </param>
/// <param name="Room">The room.</param>
internal readonly record struct RoomRecord(long SessionId, int MaxRooms, string Room)
{
    public static byte[] Encode(long sessionId, int maxRooms, ReadOnlySpan<byte> room)
    {
        PayloadWriter writer = new(sizeof(long) + sizeof(int) + PayloadWriter.SizeOf(room));
        writer.Int64(sessionId);
        writer.Int32(maxRooms);
        writer.Name(room);
        return writer.Finish();
    }

    public byte[] Encode() => Encode(SessionId, MaxRooms, Encoding.UTF8.GetBytes(Room));

    /// <summary>Reads the record of a session that leaves. What version 1 has in place of the limit is none.</summary>
    public static RoomRecord DecodeLeft(in LogRecord record)
    {
        RoomRecord left = Decode(record.Payload);
        return record.Version == 1 ? left with { MaxRooms = 0 } : left;
    }

    public static RoomRecord Decode(ReadOnlyMemory<byte> payload)
    {
        PayloadReader reader = new(payload);
        return new RoomRecord(reader.Int64(), reader.Int32(), reader.Text());
    }
}
