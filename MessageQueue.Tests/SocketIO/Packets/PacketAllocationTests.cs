using System.Text;
using MessageQueue.Protocol;
using MessageQueue.SocketIO.Packets;

namespace MessageQueue.Tests.SocketIO.Packets;

/// <summary>Not parallel: the counter is per thread, but tiered compilation must have time to finish during the warm-up.</summary>
[NonParallelizable]
internal sealed class PacketAllocationTests
{
    [TestCase("""2["say",{"text":"hello"}]""")]
    [TestCase("""2/chat,12["\u0073ay",1,"2",[{"a":1}]]""")]
    public void Reading_an_event_allocates_nothing(string packet)
    {
        byte[] text = Encoding.UTF8.GetBytes(packet);
        NameBuffer names = new();
        AllocatedBy(text, names).Should().BeGreaterThanOrEqualTo(0, "that was the warm-up");

        AllocatedBy(text, names).Should().Be(0);
    }

    private static long AllocatedBy(byte[] text, NameBuffer names)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 200; round++)
        {
            names.Clear();
            if (!Packet.TryRead(text, 10, out Packet packet) || !Payload.TryReadEvent(packet.Payload, names, out _, out _))
            {
                throw new InvalidOperationException("This is a packet.");
            }
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
