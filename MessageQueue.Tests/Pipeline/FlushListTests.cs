using MessageQueue.Pipeline;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Pipeline;

/// <summary>At the end of a round every output is flushed once, by one thread or by several.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class FlushListTests
{
    [TestCase(1, 500)]
    [TestCase(4, 63)]
    [TestCase(4, 64)]
    [TestCase(4, 501)]
    public async Task Every_output_is_flushed_once_a_round(int threads, int count)
    {
        FlushList list = new(threads);
        Output[] outputs = [.. Enumerable.Range(0, count).Select(_ => new Output())];
        for (int round = 1; round <= 50; round++)
        {
            foreach (Output output in outputs)
            {
                list.Add(output);
            }

            list.FlushAll();

            await Task.WhenAll(outputs.Select(output => output.Flushed.WaitAsync())).OrTimeout();
            outputs.Should().OnlyContain(output => output.Rounds == round && output.Flushed.CurrentCount == 0);
        }

        list.FlushAll();
        outputs.Should().OnlyContain(output => output.Flushed.CurrentCount == 0);
    }

    [Test]
    public void A_few_outputs_are_flushed_by_the_loop_itself()
    {
        FlushList list = new(4);
        Output[] outputs = [.. Enumerable.Range(0, 63).Select(_ => new Output())];
        Array.ForEach(outputs, list.Add);

        list.FlushAll();

        outputs.Should().OnlyContain(output => output.ThreadId == Environment.CurrentManagedThreadId);
    }

    [Test]
    public async Task A_thread_that_is_slow_holds_up_neither_this_round_nor_the_next()
    {
        FlushList list = new(2);
        using ManualResetEventSlim released = new();
        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int loop = Environment.CurrentManagedThreadId;
        Output[] outputs = [.. Enumerable.Range(0, 100).Select(_ => new Output())];

        // The loop's own flushes wait until the helper has taken its part, and the helper stays in it.
        foreach (Output output in outputs)
        {
            output.OnFlush = () =>
            {
                if (Environment.CurrentManagedThreadId == loop)
                {
                    held.Task.Wait(TimeSpan.FromSeconds(30)).Should().BeTrue();
                }
                else if (held.TrySetResult())
                {
                    released.Wait(TimeSpan.FromSeconds(30)).Should().BeTrue();
                }
            };
            list.Add(output);
        }

        list.FlushAll();
        outputs.Count(output => output.Flushed.CurrentCount == 1).Should().BeInRange(92, 99, "the helper holds at most one part");

        Array.ForEach(outputs, list.Add);
        list.FlushAll();
        outputs.Count(output => output.ThreadId == loop).Should().Be(100, "the loop does the next round by itself");

        released.Set();
        foreach (Output output in outputs)
        {
            (await output.Flushed.WaitAsync(TimeSpan.FromSeconds(30))).Should().BeTrue();
            (await output.Flushed.WaitAsync(TimeSpan.FromSeconds(30))).Should().BeTrue();
        }
    }

    [Test]
    public void A_round_allocates_nothing()
    {
        FlushList list = new(1);
        Output[] outputs = [.. Enumerable.Range(0, 200).Select(_ => new Output { Counts = false })];
        Run(2);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(100);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);

        void Run(int rounds)
        {
            for (int i = 0; i < rounds; i++)
            {
                foreach (Output output in outputs)
                {
                    list.Add(output);
                }

                list.FlushAll();
            }
        }
    }

    private sealed class Output : IFlushable
    {
        public SemaphoreSlim Flushed { get; } = new(0);

        public bool Counts { get; init; } = true;

        public Action? OnFlush { get; set; }

        public int Rounds { get; private set; }

        public int ThreadId { get; private set; }

        public void EndRound() => Rounds++;

        public void Flush()
        {
            OnFlush?.Invoke();
            ThreadId = Environment.CurrentManagedThreadId;
            if (Counts)
            {
                Flushed.Release();
            }
        }
    }
}
