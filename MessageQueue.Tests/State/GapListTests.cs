using MessageQueue.State;

namespace MessageQueue.Tests.State;

[Parallelizable(ParallelScope.All)]
internal sealed class GapListTests
{
    [Test]
    public void Overlapping_gaps_are_merged_and_others_stay_separate_in_order()
    {
        GapList gaps = Gaps((10, 20, 3), (40, 50, 4), (1, 2, 2), (15, 30, 5));

        gaps.Items.Should().Equal(new Gap(1, 2, 2, 3), new Gap(10, 30, 8, 4), new Gap(40, 50, 4, 2));
    }

    [Test]
    public void An_unknown_count_makes_the_sum_unknown()
    {
        GapList gaps = Gaps((1, 5, 3), (4, 9, null));

        gaps.Items.Should().Equal(new Gap(1, 9, null, 2));
    }

    [Test]
    public void Beyond_the_maximum_the_oldest_gaps_are_merged()
    {
        GapList gaps = new();
        for (int i = 1; i <= GapList.Capacity + 1; i++)
        {
            gaps.Add(new Gap(i * 10, i * 10, 1, i));
        }

        gaps.Items.Should().HaveCount(GapList.Capacity).And.StartWith(new Gap(10, 20, 2, 2));
    }

    [Test]
    public void An_acknowledgement_removes_gaps_that_end_before_it_and_that_its_sender_knew()
    {
        GapList gaps = Gaps((1, 5, 1), (7, 9, 1), (20, 30, 1));

        gaps.Acknowledge(8, asOf: 3).Should().BeTrue();
        gaps.Acknowledge(25, asOf: 1).Should().BeFalse("the gap to 9 arose later than that");
        gaps.Acknowledge(9, asOf: 2).Should().BeTrue();

        gaps.Items.Should().Equal(new Gap(20, 30, 1, 3));
    }

    private static GapList Gaps(params (long From, long To, long? Count)[] gaps)
    {
        GapList list = new();
        for (int i = 0; i < gaps.Length; i++)
        {
            list.Add(new Gap(gaps[i].From, gaps[i].To, gaps[i].Count, i + 1));
        }

        return list;
    }
}
