namespace MessageQueue.Benchmarks.Report;

/// <summary>The median of some rounds, and their spread.</summary>
internal readonly record struct Summary(double Median, double Least, double Most)
{
    /// <summary>Returns the summary of at least one value.</summary>
    public static Summary Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new(median, sorted[0], sorted[^1]);
    }
}
