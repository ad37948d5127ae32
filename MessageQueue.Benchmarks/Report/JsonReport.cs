using System.Text.Json;

namespace MessageQueue.Benchmarks.Report;

/// <summary>Writes a comparison as JSON: every figure of every round.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Returns the report.</summary>
    public static string Create(ComparisonReport report) => JsonSerializer.Serialize(
        new
        {
            report.Machine,
            report.Options.Rounds,
            ColdSeconds = report.Options.Cold.TotalSeconds,
            WarmSeconds = report.Options.Warm.TotalSeconds,
            WindowSeconds = report.Options.Window.TotalSeconds,
            report.Options.ServerCores,
            Peers = report.Peers.Select(peer => new { peer.Name, peer.Acknowledgement, peer.Setup }),
            report.LeftOut,
            Workloads = report.Workloads.Select(workload => new { workload.Name, workload.Title, workload.Metrics }),
            report.Outcomes,
        },
        Options);
}
