using System.Diagnostics;
using MessageQueue.Benchmarks.Generator;
using MessageQueue.Benchmarks.Processes;

namespace MessageQueue.Benchmarks.Workloads;

/// <summary>What happened while a loop ran for some time.</summary>
/// <param name="Operations">How many acknowledgements or deliveries came.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="CpuSeconds">What the server used.</param>
/// <param name="AllocatedBytes">What the server allocated; null if unknown.</param>
/// <param name="PeakBytes">The most memory that the server held since its start.</param>
/// <param name="GeneratorCpu">The part of a core that the generator used.</param>
internal sealed record LoadFigures(
    long Operations, double Seconds, double CpuSeconds, long? AllocatedBytes, long PeakBytes, double GeneratorCpu)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Operations a second.</summary>
    public double Rate => Operations / Seconds;

    /// <summary>Runs the loop for this long.</summary>
    public static LoadFigures Measure(LoadLoop loop, RunningServer server, TimeSpan time, Func<long> count)
    {
        ProcessFigures before = server.ReadFigures();
        TimeSpan generator = Environment.CpuUsage.TotalTime;
        long operations = count();
        long start = Stopwatch.GetTimestamp();
        loop.Run(time);
        // A rate of nothing would say less than the time that the first one takes.
        loop.RunUntil(() => count() > operations, Limit, "an answer of the server");
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        operations = count() - operations;
        generator = Environment.CpuUsage.TotalTime - generator;
        ProcessFigures after = server.ReadFigures();
        return new(
            operations, seconds, after.CpuSeconds - before.CpuSeconds, after.AllocatedBytes - before.AllocatedBytes, after.PeakBytes,
            generator.TotalSeconds / seconds);
    }
}
