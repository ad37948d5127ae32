namespace MessageQueue.Benchmarks.Workloads;

/// <summary>One figure of a workload.</summary>
/// <param name="Key">Its name in the JSON report.</param>
/// <param name="Title">Its column in the tables.</param>
internal sealed record Metric(string Key, string Title)
{
    public static readonly Metric CpuPerMillion = new("cpuSecondsPerMillion", "CPU s per million");

    public static readonly Metric AllocatedPerOperation = new("allocatedBytesPerOperation", "allocated B each");

    public static readonly Metric PeakMemory = new("peakMegabytes", "peak memory, MB");

    public static readonly Metric GeneratorCpu = new("generatorCpuPercent", "generator CPU, %");
}
