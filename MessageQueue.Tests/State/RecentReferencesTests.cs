using System.Text;
using MessageQueue.State.Keys;

namespace MessageQueue.Tests.State;

[Parallelizable(ParallelScope.All)]
internal sealed class RecentReferencesTests
{
    [TestCase(1, 8)]
    [TestCase(2, 40)]
    [TestCase(3, 512)]
    public void The_last_1024_are_found_and_no_others(int seed, int longest)
    {
        Random random = new(seed);
        RecentReferences references = new();
        List<(string Reference, long Sequence)> model = [];
        for (int i = 1; i <= 8 * RecentReferences.Capacity; i++)
        {
            string reference = $"{i:x}{new string('é', random.Next(longest) / 4)}";
            references.TryGet(Encoding.UTF8.GetBytes(reference), out _).Should().BeFalse();
            references.Add(Encoding.UTF8.GetBytes(reference), i);
            model.Add((reference, i));
            Find(model[Math.Max(0, model.Count - RecentReferences.Capacity)]).Should().BeTrue("it is the oldest that is remembered");
            Find(model[random.Next(Math.Max(0, model.Count - RecentReferences.Capacity), model.Count)]).Should().BeTrue();
            if (i > RecentReferences.Capacity)
            {
                Find(model[random.Next(model.Count - RecentReferences.Capacity)]).Should().BeFalse("it is forgotten");
            }
        }

        references.Count.Should().Be(RecentReferences.Capacity);
        references.InOrder.Should().Equal(model.TakeLast(RecentReferences.Capacity));

        bool Find((string Reference, long Sequence) known)
        {
            bool isFound = references.TryGet(Encoding.UTF8.GetBytes(known.Reference), out long sequence);
            sequence.Should().Be(isFound ? known.Sequence : 0);
            return isFound;
        }
    }

    [Test]
    public void An_empty_list_finds_nothing()
    {
        RecentReferences references = new();
        references.TryGet("a"u8, out _).Should().BeFalse();
        references.InOrder.Should().BeEmpty();
    }

    [Test]
    public void Remembering_one_more_allocates_nothing()
    {
        RecentReferences references = new();
        byte[] reference = new byte[16];
        Add(1, 4 * RecentReferences.Capacity);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Add(4 * RecentReferences.Capacity, 8 * RecentReferences.Capacity);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);

        void Add(int first, int end)
        {
            for (int i = first; i < end; i++)
            {
                BitConverter.TryWriteBytes(reference, i);
                references.TryGet(reference, out _);
                references.Add(reference, i);
            }
        }
    }
}
