using MessageQueue.Delivery;
using MessageQueue.Protocol;
using MessageQueue.State;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.State;

namespace MessageQueue.Tests.Pipeline;

/// <summary>Most events go straight from the fold to connections that have caught up. That path allocates no memory per event.</summary>
internal sealed class DeliveryAllocationTests
{
    [TestCase(1)]
    [TestCase(3)]
    public void Handing_an_event_to_a_connection_and_acknowledging_it_allocates_nothing(int connections)
    {
        const int Count = 10_000;
        FoldLog log = new();
        SessionState bob = log.Attach("bob", "lobby").Session!;
        EventCache cache = new(1 << 20);
        using ProgressJournal journal = new(new ManualTimeProvider(), () => { });
        Dispatcher dispatcher = new(journal);
        SessionDeliveries deliveries = new(log.State);
        FanOut delivery = new(log.State, deliveries, new CatchUp(log.State, deliveries, cache, null!, dispatcher, null!), dispatcher,
            new ManualTimeProvider());
        CountingReceiver receiver = new();
        for (int i = 0; i < connections; i++)
        {
            delivery.Attach(bob, new ConnectionWindow(receiver, size: 8, acknowledgesItself: false, isShared: true));
        }

        delivery.RunOne();
        log.Emit(null, ["lobby"]);
        cache.Add(log.Records[^1]);
        StoredEvent storedEvent = cache.Find(log.Records[^1].Sequence)!.Stored;
        Deliver(1);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Deliver(Count);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        receiver.Delivered.Should().Be(Count + 1);
        allocated.Should().BeLessThan(Count, "that is less than a byte for each");

        void Deliver(int count)
        {
            SessionDelivery session = deliveries.Find(bob)!;
            for (int i = 0; i < count; i++)
            {
                session.LastPublished = 0;
                delivery.Publish(storedEvent);
                session.Unacked.Remove(storedEvent.Sequence);
            }
        }
    }

    private sealed class CountingReceiver : IConnection
    {
        public int Delivered { get; private set; }

        public bool TryDeliver(OutgoingEvent outgoing, int target, bool redelivered)
        {
            Delivered++;
            return true;
        }

        public CloseReason? ClosedWith => null;

        public void Welcome(in Welcome welcome)
        {
        }

        public void Acknowledged(ReadOnlySpan<byte> reference, long? id, EventData data, bool duplicate)
        {
        }

        public void Refused(ProtocolError error, ReadOnlySpan<byte> reference)
        {
        }

        public void Pong(ReadOnlySpan<byte> reference)
        {
        }

        public void Gap(in Gap gap)
        {
        }

        public void Close(CloseReason reason)
        {
        }
    }
}
