using MessageQueue.Commands;

namespace MessageQueue.Tests.Commands;

[Parallelizable(ParallelScope.All)]
internal sealed class HandOverTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Test]
    public void Items_are_read_in_the_order_in_which_they_were_written()
    {
        HandOver<int> items = new();
        items.TryWrite(1);
        items.TryWrite(2);
        items.Unread.ToArray().Should().Equal(1, 2);
        items.Advance(1);
        items.TryWrite(3);
        items.Unread.ToArray().Should().Equal([2], "what came later is read when this is");
        items.TryRead(out int second).Should().BeTrue();
        second.Should().Be(2);
        items.TryRead(out int third).Should().BeTrue();
        third.Should().Be(3);
        items.TryRead(out _).Should().BeFalse();
    }

    [Test]
    public void What_was_written_before_the_end_is_still_read()
    {
        HandOver<int> items = new();
        items.TryWrite(1);
        items.Complete();
        items.TryWrite(2).Should().BeFalse();
        items.Wait().Should().BeTrue();
        items.Advance(1);
        items.Wait().Should().BeFalse();
        items.Wait().Should().BeFalse();
    }

    [Test]
    public void A_reader_that_waits_is_told_when_nothing_comes()
    {
        HandOver<int> items = new();
        items.Wait(Soon, out bool isIdle).Should().BeTrue();
        isIdle.Should().BeTrue();

        items.TryWrite(1);
        items.Wait(Soon, out isIdle).Should().BeTrue();
        isIdle.Should().BeFalse();
        items.TryRead(out _).Should().BeTrue();

        items.Wait(Soon, out isIdle).Should().BeTrue("a signal for what was read already means nothing");
        isIdle.Should().BeTrue();
    }

    [Test]
    public async Task A_reader_that_waits_wakes_at_the_end()
    {
        HandOver<int> items = new();
        Task<bool> waiting = Task.Factory.StartNew(
            items.Wait, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        items.Complete();
        (await waiting.WaitAsync(Long)).Should().BeFalse();
    }

    [Test]
    public async Task Many_threads_write_and_nothing_is_lost_or_reordered()
    {
        const int Writers = 4;
        const int Count = 20_000;
        HandOver<(int Writer, int Number)> items = new();
        Task[] writing = [.. Enumerable.Range(0, Writers).Select(writer => Task.Run(() =>
        {
            for (int i = 0; i < Count; i++)
            {
                items.TryWrite((writer, i)).Should().BeTrue();
            }
        }))];
        Task<int[]> reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        await Task.WhenAll(writing).WaitAsync(Long);
        items.Complete();
        (await reading.WaitAsync(Long)).Should().OnlyContain(count => count == Count);

        int[] Read()
        {
            int[] next = new int[Writers];
            while (items.Wait())
            {
                foreach ((int writer, int number) in items.Unread)
                {
                    next[writer] = number == next[writer] ? number + 1 : throw new InvalidOperationException("reordered");
                }

                items.Advance(items.Unread.Length);
            }

            return next;
        }
    }
}
