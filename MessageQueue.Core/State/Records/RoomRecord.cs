using System.Text;

namespace MessageQueue.State.Records;

/// <summary>A session enters or leaves a room.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="MaxRooms">Refuse to enter when the session would be in more rooms.</param>
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

    public static RoomRecord Decode(ReadOnlyMemory<byte> payload)
    {
        PayloadReader reader = new(payload);
        return new RoomRecord(reader.Int64(), reader.Int32(), reader.Text());
    }
}
