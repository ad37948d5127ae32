using System.Globalization;

namespace MessageQueue.Benchmarks.Processes;

/// <summary>What a process has used since its start, as Linux counts it.</summary>
/// <param name="CpuSeconds">In user and kernel mode, in steps of 10 ms.</param>
/// <param name="ResidentBytes">Memory that it holds now.</param>
/// <param name="PeakBytes">The most memory that it ever held.</param>
/// <param name="AllocatedBytes">On the heap of .NET; null if unknown.</param>
internal sealed record ProcessFigures(double CpuSeconds, long ResidentBytes, long PeakBytes, long? AllocatedBytes)
{
    private const double TicksPerSecond = 100;

    /// <summary>Reads /proc.</summary>
    public static ProcessFigures Read(int process, long? allocatedBytes)
    {
        string[] status = File.ReadAllLines($"/proc/{process}/status");
        return new(
            ParseCpuSeconds(File.ReadAllText($"/proc/{process}/stat")), Kilobytes(status, "VmRSS:"), Kilobytes(status, "VmHWM:"),
            allocatedBytes);
    }

    /// <summary>Returns the CPU time in /proc/PID/stat. Counts the fields from the end of the name, which may hold spaces.</summary>
    public static double ParseCpuSeconds(string stat)
    {
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (Parse(fields[11]) + Parse(fields[12])) / TicksPerSecond;
    }

    private static long Kilobytes(string[] status, string name)
    {
        string line = status.First(line => line.StartsWith(name, StringComparison.Ordinal));
        return 1024 * Parse(line[name.Length..^"kB".Length].Trim());
    }

    private static long Parse(string number) => long.Parse(number, CultureInfo.InvariantCulture);
}
