using System.Globalization;
using MessageQueue.Benchmarks.Peers;
using MessageQueue.Benchmarks.Workloads;

namespace MessageQueue.Benchmarks.Report;

/// <summary>Writes a comparison as Markdown: a table of the peers, then one for each workload.</summary>
internal static class MarkdownReport
{
    // Beyond this share of a core the generator may be what limits a server.
    private const double MostGeneratorCpu = 85;

    /// <summary>Returns the report.</summary>
    public static string Create(ComparisonReport report)
    {
        List<string> lines =
        [
            Head(report),
            "",
            "| peer | what an acknowledgement means | setup |",
            "| --- | --- | --- |",
            .. report.Peers.Select(peer => $"| {peer.Name} | {peer.Acknowledgement} | {peer.Setup} |"),
            .. report.LeftOut.Select(peer => $"| {peer.Key} | left out: {peer.Value} | |"),
        ];
        foreach (Workload workload in report.Workloads)
        {
            lines.AddRange(["", $"**{workload.Name}**: {workload.Title}", "", .. Table(report, workload)]);
        }

        return string.Join('\n', lines) + "\n";
    }

    private static string Head(ComparisonReport report)
    {
        (Machine machine, ComparisonOptions options) = (report.Machine, report.Options);
        string date = machine.Time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        string rounds = options.Rounds == 1 ? "One round" : $"{options.Rounds} rounds";
        return $"{date}: {machine.Processor}, {machine.Cores} cores, {machine.System}, {machine.Runtime}. {rounds}, all peers in turn; " +
            $"server on core {options.ServerCores}, generator on another; cold {options.Cold.TotalSeconds} s, warm " +
            $"{options.Warm.TotalSeconds} s after the server's start. Median (least – most), × our figure in the same round.";
    }

    private static IEnumerable<string> Table(ComparisonReport report, Workload workload)
    {
        Metric[] metrics = [.. workload.Metrics.Where(metric => report.Peers.Any(peer => report.Values(workload, peer, metric).Count > 0))];
        yield return $"| peer | {string.Join(" | ", metrics.Select(metric => metric.Title))} |";
        yield return "| --- |" + string.Concat(metrics.Select(_ => " --- |"));
        foreach (Peer peer in report.Peers.Where(workload.Supports))
        {
            yield return $"| {peer.Name} | {string.Join(" | ", metrics.Select(metric => Cell(report, workload, peer, metric)))} |";
        }

        foreach (string problem in Problems(report, workload))
        {
            yield return "";
            yield return problem;
        }
    }

    private static string Cell(ComparisonReport report, Workload workload, Peer peer, Metric metric)
    {
        IReadOnlyDictionary<int, double> values = report.Values(workload, peer, metric);
        if (values.Count == 0)
        {
            return "–";
        }

        string cell = Figure.Text(Summary.Of(values.Values));
        return metric != Metric.GeneratorCpu && report.Ratio(workload, peer, metric) is { } ratio ? $"{cell} ×{Figure.Text(ratio)}" : cell;
    }

    private static IEnumerable<string> Problems(ComparisonReport report, Workload workload)
    {
        foreach (Outcome outcome in report.Outcomes.Where(outcome => outcome.Workload == workload.Name))
        {
            if (outcome.Problem is not null)
            {
                yield return $"{outcome.Peer}, round {outcome.Round}: {outcome.Problem.ReplaceLineEndings(" ")}";
            }
            else if (outcome.Figures.GetValueOrDefault(Metric.GeneratorCpu.Key) > MostGeneratorCpu)
            {
                yield return $"{outcome.Peer}, round {outcome.Round}: the generator used " +
                    $"{Figure.Text(outcome.Figures[Metric.GeneratorCpu.Key])} % of its core, so the server may be faster than measured";
            }
        }
    }
}
