using System.Text;
using MessageQueue.Storage;

namespace MessageQueue.State.Records;

/// <summary>
/// A session enters or leaves a room. The limit is in the record, so that reading it again later has the same result, whatever the options
/// are then.
/// </summary>
/// <param name="SessionId">The session.</param>
/// <param name="MaxRooms">When entering: refused if the session would be in more rooms. When leaving: refused if it would have left more
/// rooms with pending events for it; 0 for no limit, because version 1 has none.</param>
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

    /// <summary>Reads the record of a session that leaves. Version 1 has no limit; the field in its place is ignored.</summary>
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
