using MessageQueue.Delivery;
using MessageQueue.Retention;
using MessageQueue.State.Records;

namespace MessageQueue.Tests.State;

/// <summary>Records that grow with the state stay small enough for every log.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class LargeProgressTests
{
    [Test]
    public void Progress_with_more_holes_than_a_record_takes_is_under_reported()
    {
        SessionDelivery session = new(new FoldLog().Attach("bob").Session!);
        for (int i = 0; i < 40_000; i++)
        {
            session.Unacked.AddWaiting(10 + i);
        }

        session.Cursor = 50_010;
        session.Unacked.Remove(50_009);
        session.Unacked.Remove(20);
        Progress progress = session.ProgressAt(session.Cursor);

        progress.Size.Should().BeLessThan(256 << 10);
        progress.Holes.Should().StartWith(10).And.NotContain(20).And.BeInAscendingOrder();
        session.Unacked.UpTo(progress.Cursor).Should().Equal(progress.Holes);
    }

    [Test]
    public void Cuts_for_more_sessions_than_a_record_takes_use_several_records()
    {
        BacklogCut[] cuts = [.. Enumerable.Range(1, 40_000).Select(i => new BacklogCut(i, i))];

        DroppedRecord[] records = [.. new TrimPlan([], cuts).ToRecords()];

        records.SelectMany(record => record.Backlogs).Should().Equal(cuts);
        records.Should().AllSatisfy(record => record.Encode().Length.Should().BeLessThan(512 << 10));
    }
}
