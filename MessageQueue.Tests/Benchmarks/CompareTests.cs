using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Benchmarks;

/// <summary>The comparison runs: on our own host, for an instant, without any peer.</summary>
[NonParallelizable]
internal sealed class CompareTests
{
    private TemporaryDirectory _directory = null!;

    [SetUp]
    public void SetUp() => _directory = new TemporaryDirectory();

    [TearDown]
    public void TearDown() => _directory.Dispose();

    [Test]
    public async Task Every_workload_gives_its_figures()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("pins processes and reads /proc, as Linux has them");
        }

        string json = _directory.Combine("report.json");
        await using ChildProcess process = ChildProcess.Start(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [
                BuildOutput.Of("MessageQueue.Benchmarks"), "compare", "--peer", "messagequeue",
                "--host", Path.GetDirectoryName(BuildOutput.Of("MessageQueue.Host"))!,
                "--rounds", "1", "--cold", "0", "--warm", "0", "--window", "0.3", "--receivers", "10", "--connections", "20",
                "--backlog", "500", "--stored", "1000", "--json", json,
            ]);
        int exitCode = await process.ExitAsync();

        exitCode.Should().Be(0, $"{process.Error}\n{process.Output}");
        JsonElement report = JsonDocument.Parse(await File.ReadAllTextAsync(json)).RootElement;
        foreach (JsonElement workload in report.GetProperty("workloads").EnumerateArray())
        {
            JsonElement outcome = report.GetProperty("outcomes").EnumerateArray()
                .Single(outcome => outcome.GetProperty("workload").GetString() == workload.GetProperty("name").GetString());
            foreach (JsonElement metric in workload.GetProperty("metrics").EnumerateArray())
            {
                outcome.GetProperty("figures").TryGetProperty(metric.GetProperty("key").GetString()!, out _).Should().BeTrue(
                    "{0} measures {1}", workload.GetProperty("name"), metric.GetProperty("key"));
            }
        }
    }
}
