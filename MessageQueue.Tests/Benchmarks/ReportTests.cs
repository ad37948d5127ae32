using System.Text.Json;
using MessageQueue.Benchmarks.Comparing;
using MessageQueue.Benchmarks.Peers;
using MessageQueue.Benchmarks.Processes;
using MessageQueue.Benchmarks.Report;
using MessageQueue.Benchmarks.Workloads;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Benchmarks;

/// <summary>A comparison is written as tables for people, and as JSON with every figure.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ReportTests
{
    private static readonly MessageQueuePeer Ours = new(directory: null);
    private static readonly RelayPeer Relay = new();
    private static readonly Workload Publish = Catalog.Workloads.Single(workload => workload.Name == "publish");

    private static readonly ComparisonReport Report = new(
        new Machine("a processor", 2, "a system", ".NET", DateTimeOffset.UnixEpoch), new ComparisonOptions { Rounds = 2 }, [Ours, Relay],
        [Publish], new Dictionary<string, string> { ["nats"] = "nats-server is not installed" },
        [
            Outcome(1, Ours.Name, 100_000, generator: 20), Outcome(1, Relay.Name, 300_000, generator: 20),
            Outcome(2, Ours.Name, 200_000, generator: 20), Outcome(2, Relay.Name, 400_000, generator: 90),
            new Outcome(3, "publish", Relay.Name, new Dictionary<string, double>(), "the server ended with 1"),
        ]);

    [Test]
    public void Each_cell_has_the_median_the_spread_and_the_ratio_of_the_same_round()
    {
        string[] rows = Rows();

        rows.Should().Contain(row => row.StartsWith("| messagequeue | 150 k (100 k – 200 k) |", StringComparison.Ordinal));
        // The median of 3 and 2; not 350 to 150.
        rows.Should().Contain(row => row.StartsWith("| relay | 350 k (300 k – 400 k) ×2.50 |", StringComparison.Ordinal));
    }

    [Test]
    public void Each_peer_has_what_its_acknowledgement_means_or_why_it_was_left_out()
    {
        Rows().Should().Contain($"| relay | {Relay.Acknowledgement} | {Relay.Setup} |")
            .And.Contain("| nats | left out: nats-server is not installed | |");
    }

    [Test]
    public void Says_what_went_wrong_and_where_the_generator_may_be_the_limit()
    {
        Rows().Should().Contain("relay, round 3: the server ended with 1")
            .And.Contain(row => row.StartsWith("relay, round 2: the generator used 90.0 % of its core", StringComparison.Ordinal))
            .And.NotContain(row => row.StartsWith("relay, round 1:", StringComparison.Ordinal));
    }

    [Test]
    public void The_json_has_every_figure_of_every_round()
    {
        JsonElement outcomes = JsonDocument.Parse(JsonReport.Create(Report)).RootElement.GetProperty("outcomes");

        outcomes.GetArrayLength().Should().Be(5);
        outcomes[3].GetProperty("peer").GetString().Should().Be("relay");
        outcomes[3].GetProperty("figures").GetProperty("warm").GetDouble().Should().Be(400_000);
    }

    [Test]
    public void The_page_names_every_peer_and_workload()
    {
        string page = File.ReadAllText(RepositoryRoot.Combine("docs", "performance.md"));

        page.Should().ContainAll(Catalog.Workloads.Select(workload => $"| `{workload.Name}` |"));
        page.Should().ContainAll(Catalog.CreatePeers(host: null).Select(peer => $"| `{peer.Name}` |"));
    }

    [Test]
    public void The_cpu_time_of_a_process_is_found_behind_any_name() =>
        ProcessFigures.ParseCpuSeconds("42 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 150 25 0 0 20 0 1").Should().Be(1.75);

    private static string[] Rows() => MarkdownReport.Create(Report).Split('\n');

    private static Outcome Outcome(int round, string peer, double warm, double generator) => new(
        round, "publish", peer, new Dictionary<string, double> { ["warm"] = warm, [Metric.GeneratorCpu.Key] = generator }, null);
}
