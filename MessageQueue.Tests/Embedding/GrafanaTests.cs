using System.Text.Json;
using System.Text.RegularExpressions;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

/// <summary>docs/grafana.json: every query asks for metrics that the server has, and every metric is shown.</summary>
internal sealed partial class GrafanaTests
{
    [Test]
    public async Task Every_query_of_the_dashboard_asks_for_series_that_exist_and_all_metrics_are_shown()
    {
        using TemporaryDirectory data = new();
        await using TestServer server = await TestServer.StartAsync(data, options =>
            options.AuthorizeOperate = _ => ValueTask.FromResult(true));
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        await alice.EmitAsync("lobby");
        using HttpClient http = new();
        string text = await http.GetStringAsync(new Uri($"{server.Url}/metrics")).OrTimeout();
        HashSet<string> series =
            [.. text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(' ', '{')[0])];

        using JsonDocument dashboard = JsonDocument.Parse(
            await File.ReadAllTextAsync(RepositoryRoot.Combine("docs", "grafana.json")));
        string[] queries = [.. Queries(dashboard.RootElement)];
        string[] asked = [.. queries.SelectMany(query => Series().Matches(query)).Select(match => match.Value).Distinct()];

        queries.Should().HaveCountGreaterThan(20).And.OnlyContain(query => Series().IsMatch(query));
        asked.Should().OnlyContain(name => series.Contains(name));
        IEnumerable<string> families = text.Split('\n').Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[2]);
        families.Should().OnlyContain(family =>
            asked.Any(name => name == family || name.StartsWith(family + "_", StringComparison.Ordinal)));
    }

    [Test]
    public async Task Rates_are_asked_of_counters_only()
    {
        string text = await File.ReadAllTextAsync(RepositoryRoot.Combine("docs", "grafana.json"));

        RateOf().Matches(text).Select(match => match.Groups[1].Value).Should().NotBeEmpty()
            .And.OnlyContain(name => Counter().IsMatch(name));
    }

    private static IEnumerable<string> Queries(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member =>
            member.Name is "expr" or "definition" ? [member.Value.GetString()!] : Queries(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Queries),
        _ => [],
    };

    [GeneratedRegex(@"messagequeue_\w+")]
    private static partial Regex Series();

    [GeneratedRegex(@"(?:rate|increase)\((\w+)")]
    private static partial Regex RateOf();

    [GeneratedRegex("_(total|bucket|sum|count)$")]
    private static partial Regex Counter();
}
