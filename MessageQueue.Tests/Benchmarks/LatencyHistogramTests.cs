using System.Diagnostics;
using MessageQueue.Benchmarks.Generator;

namespace MessageQueue.Tests.Benchmarks;

/// <summary>Shares of recorded times are right to 1/64.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class LatencyHistogramTests
{
    private const double Error = 1.0 / 64;

    [Test]
    public void Without_times_there_is_no_share() => new LatencyHistogram().Microseconds(0.5).Should().Be(double.NaN);

    [Test]
    public void Finds_the_share_of_many_times()
    {
        LatencyHistogram histogram = new();
        foreach (int microsecond in Enumerable.Range(1, 10_000))
        {
            histogram.Record(microsecond * Stopwatch.Frequency / 1_000_000);
        }

        histogram.Count.Should().Be(10_000);
        histogram.Microseconds(0.5).Should().BeApproximately(5_000, 5_000 * Error);
        histogram.Microseconds(0.99).Should().BeApproximately(9_900, 9_900 * Error);
        histogram.Microseconds(1).Should().BeApproximately(10_000, 10_000 * Error);
    }

    [TestCase(0)]
    [TestCase(63)]
    [TestCase(64)]
    [TestCase(65)]
    [TestCase(1_000_000_007)]
    [TestCase(long.MaxValue)]
    public void Keeps_any_time(long ticks)
    {
        LatencyHistogram histogram = new();
        histogram.Record(ticks);

        double expected = ticks * 1e6 / Stopwatch.Frequency;
        histogram.Microseconds(0.5).Should().BeApproximately(expected, expected * Error);
    }

    [Test]
    public void A_time_before_it_was_due_counts_as_none()
    {
        LatencyHistogram histogram = new();
        histogram.Record(-5);

        histogram.Microseconds(0.5).Should().Be(0);
    }
}
