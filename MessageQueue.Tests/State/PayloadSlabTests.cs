using MessageQueue.State.Records;

namespace MessageQueue.Tests.State;

internal sealed class PayloadSlabTests
{
    [Test]
    public void Payloads_never_overlap()
    {
        List<Memory<byte>> taken = [];
        for (int i = 0; i < 3000; i++)
        {
            Memory<byte> payload = PayloadSlab.Take(1 + (i * 37 % 5000));
            payload.Span.Fill((byte)i);
            taken.Add(payload);
        }

        for (int i = 0; i < taken.Count; i++)
        {
            taken[i].Length.Should().Be(1 + (i * 37 % 5000));
            taken[i].Span.ContainsAnyExcept((byte)i).Should().BeFalse();
        }
    }

    [Test]
    public void Small_payloads_cost_their_size_and_no_object_each()
    {
        const int Count = 100_000;
        PayloadSlab.Take(100);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Count; i++)
        {
            PayloadSlab.Take(100);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(102 * Count);
    }
}
