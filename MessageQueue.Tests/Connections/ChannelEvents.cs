using MessageQueue.Connections;
using MessageQueue.Delivery;
using MessageQueue.State;

namespace MessageQueue.Tests.Connections;

/// <summary>What of an event is the same for all receivers of this dialect: everything behind the channel's number.</summary>
internal sealed class ChannelEvents(DialectNumbers dialects) : EventFrames(dialects)
{
    /// <summary>How many were made.</summary>
    public int Built { get; private set; }

    protected override byte[] Build(StoredEvent stored, int target, bool redelivered)
    {
        Built++;
        byte[] number = new byte[sizeof(long)];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(number, stored.Sequence);
        return [(byte)'e', .. number, redelivered ? (byte)1 : (byte)0, (byte)stored.Event.Length, .. stored.Event.Span, .. stored.Data.Span];
    }
}
