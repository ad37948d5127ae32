using System.Text;
using MessageQueue.Delivery;
using MessageQueue.Pipeline;
using MessageQueue.State;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.SocketIO.Connections;

/// <summary>What an event costs for each of its receivers.</summary>
internal sealed class SocketIOAllocationTests
{
    [TestCase(7)]
    [TestCase(0, TestName = "Handing_a_volatile_event_to_a_connection_allocates_nothing")]
    public async Task Handing_an_event_to_a_connection_allocates_nothing(long sequence)
    {
        const int Count = 10_000;
        await using SocketIOHarness server = new();
        (FakeEngine client, _) = await server.ConnectAsync();
        client.IsDiscarding = true;
        Broker broker = server.Broker.Broker;
        OutgoingEvent outgoing = new(new StoredEvent
        {
            Sequence = sequence,
            Time = 0,
            Deadline = long.MaxValue,
            SenderId = 0,
            ExpectsReply = false,
            Namespace = "/"u8.ToArray(),
            From = default,
            Reference = default,
            Event = "say"u8.ToArray(),
            Targets = [Encoding.UTF8.GetBytes("lobby")],
            Except = [],
            Data = "1"u8.ToArray(),
            PayloadBytes = 10,
        });

        long allocated = await broker.AskAsync(state =>
        {
            IConnection connection = broker.FanOut.ConnectionsOf(state.Sessions.Values.Single())[0].Connection;
            Deliver(connection, 1);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Deliver(connection, Count);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }).OrTimeout();

        allocated.Should().BeLessThan(Count, "that is less than a byte for each");

        void Deliver(IConnection connection, int count)
        {
            for (int i = 0; i < count; i++)
            {
                connection.TryDeliver(outgoing, 0, redelivered: false);
            }
        }
    }
}
