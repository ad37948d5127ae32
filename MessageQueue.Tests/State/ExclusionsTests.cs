using MessageQueue.State;

namespace MessageQueue.Tests.State;

[Parallelizable(ParallelScope.All)]
internal sealed class ExclusionsTests
{
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(16)]
    [TestCase(17)]
    [TestCase(1000)]
    public void Every_id_of_a_list_is_found_and_no_other_also_if_it_was_written_unsorted(int count)
    {
        long[] written = [.. Enumerable.Range(1, count).Select(i => (long)i * 2).Reverse()];

        long[] ids = Exclusions.Sort(written);

        ids.Should().BeInAscendingOrder();
        Enumerable.Range(0, (2 * count) + 3).Where(id => Exclusions.Contain(ids, id))
            .Should().Equal(Enumerable.Range(1, count).Select(i => i * 2));
    }
}
