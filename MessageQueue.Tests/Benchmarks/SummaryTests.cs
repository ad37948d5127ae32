using MessageQueue.Benchmarks.Report;

namespace MessageQueue.Tests.Benchmarks;

/// <summary>Figures are summed up and written so that they can be compared.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SummaryTests
{
    [TestCase(new double[] { 3 }, 3, 3, 3)]
    [TestCase(new double[] { 5, 1, 3 }, 3, 1, 5)]
    [TestCase(new double[] { 4, 1, 3, 2 }, 2.5, 1, 4)]
    public void Has_the_median_and_the_spread(double[] values, double median, double least, double most) =>
        Summary.Of(values).Should().Be(new Summary(median, least, most));

    [TestCase(0.034, "0.03")]
    [TestCase(20.44, "20.4")]
    [TestCase(99.96, "100")]
    [TestCase(9_994, "9994")]
    [TestCase(9_995, "10.0 k")]
    [TestCase(233_400, "233 k")]
    [TestCase(999_499, "999 k")]
    [TestCase(1_451_000, "1.45 M")]
    public void A_figure_has_three_digits_that_matter(double value, string text) => Figure.Text(value).Should().Be(text);

    [Test]
    public void Several_rounds_show_their_spread()
    {
        Figure.Text(new Summary(2, 2, 2)).Should().Be("2.00");
        Figure.Text(new Summary(2, 1, 3)).Should().Be("2.00 (1.00 – 3.00)");
    }
}
