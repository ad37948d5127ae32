using MessageQueue.State;

namespace MessageQueue.Tests.State;

/// <summary>Events are folded as fast as clients send them. So the fold makes no objects for them.</summary>
internal sealed class FoldAllocationTests
{
    [TestCase(false, TestName = "Folding an event allocates no object")]
    [TestCase(true, TestName = "Folding an event with a reference allocates no object")]
    public void Folding_allocates_only_the_number_in_the_room(bool hasReference)
    {
        const int Count = 30_000;
        FoldLog log = new();
        SessionState alice = log.Attach("alice").Session!;
        for (int i = 0; i < Count; i++)
        {
            log.Emit(alice, ["lobby"], hasReference ? $"reference {i}" : "");
        }

        ServerState state = new();
        Fold(0, Count / 2);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Fold(Count / 2, log.Records.Count);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        state.Head.Should().Be(log.Records.Count);
        (allocated / (Count / 2)).Should().BeLessThan(20, "a list that doubles takes 16 bytes for each number");

        void Fold(int first, int end)
        {
            for (int i = first; i < end; i++)
            {
                state.Apply(log.Records[i]);
            }
        }
    }
}
