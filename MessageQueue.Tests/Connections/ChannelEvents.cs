using MessageQueue.Connections;
using MessageQueue.Delivery;
using MessageQueue.State;

namespace MessageQueue.Tests.Connections;

/// <summary>The part of an event that is the same for all receivers of this dialect: everything after the channel's number.</summary>
internal sealed class ChannelEvents(DialectNumbers dialects) : EventFrames(dialects)
{
    /// <summary>The number of events that were built.</summary>
    public int Built { get; private set; }

    protected override ReadOnlySpan<byte> Build(StoredEvent stored, int target, bool redelivered)
    {
        Built++;
        byte[] number = new byte[sizeof(long)];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(number, stored.Sequence);
        byte flag = redelivered ? (byte)1 : (byte)0;
        byte[] frame = [(byte)'e', .. number, flag, (byte)stored.Event.Length, .. stored.Event.Span, .. stored.Data.Span];
        return frame;
    }
}
