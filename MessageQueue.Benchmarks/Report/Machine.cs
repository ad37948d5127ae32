using System.Runtime.InteropServices;

namespace MessageQueue.Benchmarks.Report;

/// <summary>What the comparison ran on.</summary>
internal sealed record Machine(string Processor, int Cores, string System, string Runtime, DateTimeOffset Time)
{
    /// <summary>Reads it.</summary>
    public static Machine Read() => new(
        File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?
                .Split(": ").Last() ?? "unknown"
            : "unknown",
        Environment.ProcessorCount, RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription,
        TimeProvider.System.GetUtcNow());
}
