using System.Net;
using System.Text.Json;
using MessageQueue.Hosting;
using MessageQueue.Pipeline;
using MessageQueue.Tests.Infrastructure;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>What <c>GET /healthz</c> and the metrics report when a server refuses events, or soon will.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class HealthTests
{
    // More than any disk has on which the tests run, as if the disk were full.
    private const long NotToBeHad = 1L << 40;

    [Test]
    public async Task A_server_that_accepts_events_is_healthy()
    {
        using TemporaryDirectory data = new();
        await using TestServer server = await TestServer.StartAsync(data, AllowMetrics);

        (await GetAsync(server, "/healthz")).Should().Be((HttpStatusCode.OK, "ok\n"));
        string metrics = (await GetAsync(server, "/metrics")).Body;
        metrics.Should().Contain("\nmessagequeue_accepting 1\n").And.Contain("\nmessagequeue_log_damaged 0\n")
            .And.MatchRegex(@"\nmessagequeue_disk_free [1-9]\d*\n");
    }

    [Test]
    public async Task A_server_on_a_full_disk_is_unhealthy_and_says_why()
    {
        using TemporaryDirectory data = new();
        await using (TestServer first = await TestServer.StartAsync(data))
        {
            await using EventClient known = await first.ConnectAsync("session=alice");
        }

        await using TestServer server = await TestServer.StartAsync(data, options =>
        {
            AllowMetrics(options);
            options.ReserveBytes = NotToBeHad;
        });
        await using EventClient alice = await server.ConnectAsync("session=alice");
        await alice.SendAsync(new { type = "emit", @event = "e", to = "lobby" });
        JsonElement error = await alice.NextAsync("error");
        error.GetProperty("code").GetString().Should().Be("unavailable");

        (await GetAsync(server, "/healthz")).Should().Be(
            (HttpStatusCode.ServiceUnavailable,
                "disk full: events are refused until there is room; known sessions still get and acknowledge theirs\n"));
        (await CheckAsync(server)).Should().Be(HealthStatus.Unhealthy);
        (await GetAsync(server, "/metrics")).Body.Should().Contain("\nmessagequeue_accepting 0\n");
    }

    [Test]
    public async Task A_server_with_a_damaged_file_continues_and_is_degraded()
    {
        using TemporaryDirectory data = new();
        await using TestServer server = await TestServer.StartAsync(data, options =>
        {
            AllowMetrics(options);
            options.SegmentBytes = 1 << 20;
            options.MaxMessageBytes = 1 << 18;
            options.ScrubInterval = TimeSpan.FromSeconds(1);
        });
        server.ToleratesErrors = true;
        await using EventClient alice = await server.ConnectAsync("session=alice");
        for (int i = 0; i < 8; i++)
        {
            await alice.SendAsync(new { type = "emit", @event = "e", to = "lobby", data = new string('x', 200_000) });
            await alice.NextAsync("ack");
        }

        string oldest = Directory.EnumerateFiles(data.Combine("log"), "*.seg").Order().First();
        await using (FileStream file = new(oldest, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            file.Position = 100_000;
            file.WriteByte((byte)'y');
        }

        (HttpStatusCode Status, string Body) health;
        do
        {
            health = await GetAsync(server, "/healthz");
        }
        while (health.Body == "ok\n");

        health.Status.Should().Be(HttpStatusCode.OK);
        health.Body.Should().StartWith("damaged: 1 file");
        (await CheckAsync(server)).Should().Be(HealthStatus.Degraded);
        (await GetAsync(server, "/metrics")).Body
            .Should().Contain("\nmessagequeue_log_damaged 1\n").And.Contain("\nmessagequeue_accepting 1\n");
        await alice.EmitAsync("lobby");
    }

    [Test]
    public async Task A_failed_server_is_unhealthy()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.ToleratesErrors = true;
        server.Server.Core.Broker.Post(ApplyInput.Call(_ => throw new InvalidOperationException("A fault of the test.")));
        await FluentActions.Awaiting(() => server.Server.Completion.OrTimeout()).Should().ThrowAsync<Exception>();

        (HttpStatusCode status, string body) = await GetAsync(server, "/healthz");

        status.Should().Be(HttpStatusCode.ServiceUnavailable);
        body.Should().StartWith("failed");
    }

    [Test]
    public async Task A_new_server_does_not_start_on_a_disk_that_is_too_small()
    {
        using TemporaryDirectory data = new();
        (await FluentActions.Awaiting(() => TestServer.StartAsync(data, options => options.ReserveBytes = NotToBeHad))
            .Should().ThrowAsync<DiskFullException>())
            .Which.Message.Should().ContainAll(data.FullName, "ReserveBytes");
    }

    [Test]
    public async Task A_cancelled_start_leaves_the_log_unchanged()
    {
        using TemporaryDirectory data = new();
        await using (TestServer first = await TestServer.StartAsync(data))
        {
            await using EventClient alice = await first.ConnectAsync("session=alice&room=lobby");
            await alice.EmitAsync("lobby");
        }

        string[] before = Look(data);
        MessageQueueOptions options = new() { Url = "http://127.0.0.1:0", DataDirectory = data.FullName };
        await FluentActions.Awaiting(
            () => MessageQueueServer.StartAsync(options, cancellationToken: new CancellationToken(canceled: true)).OrTimeout())
            .Should().ThrowAsync<OperationCanceledException>();

        Look(data).Should().Equal(before);
    }

    private static async Task<HealthStatus> CheckAsync(TestServer server)
    {
        ServerHealthCheck check = new(server.Server);
        HealthCheckContext context =
            new() { Registration = new HealthCheckRegistration("messagequeue", check, HealthStatus.Unhealthy, null) };
        return (await check.CheckHealthAsync(context).OrTimeout()).Status;
    }

    private static void AllowMetrics(MessageQueueOptions options) => options.AuthorizeOperate = static _ => ValueTask.FromResult(true);

    private static string[] Look(TemporaryDirectory data) =>
        [.. Directory.EnumerateFiles(data.FullName, "*", SearchOption.AllDirectories)
            .Select(path => $"{path} {new FileInfo(path).Length}").Order()];

    private static async Task<(HttpStatusCode Status, string Body)> GetAsync(TestServer server, string path)
    {
        using HttpClient http = new();
        using HttpResponseMessage response = await http.GetAsync(new Uri(server.Url + path)).OrTimeout();
        return (response.StatusCode, await response.Content.ReadAsStringAsync().OrTimeout());
    }
}
