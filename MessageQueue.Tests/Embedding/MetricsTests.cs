using System.Diagnostics;
using MessageQueue.Diagnostics;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

internal sealed class MetricsTests
{
    [Test]
    public async Task What_happened_can_be_read_as_prometheus_text_by_whom_the_app_lets()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await TestServer.StartAsync(options =>
        {
            options.TimeProvider = clock;
            options.AuthorizeMetrics = context => ValueTask.FromResult(context.Request.Query["token"] == "t");
        });
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        await alice.EmitAsync("lobby");
        await alice.NextAsync("event");
        await alice.SendAsync("nonsense");
        await alice.NextAsync("error");
        using HttpClient http = new() { BaseAddress = new Uri(server.Url) };
        await http.GetStringAsync(new Uri("/metrics?token=t", UriKind.Relative)).OrTimeout();
        clock.Advance(TimeSpan.FromSeconds(1));
        await alice.PingAsync();

        string text = await http.GetStringAsync(new Uri("/metrics?token=t", UriKind.Relative)).OrTimeout();

        text.Split('\n').Should().Contain([
            "messagequeue_connections 1", "messagequeue_sessions 1", "messagequeue_events_owed 1", "messagequeue_events_emitted_total 1",
            "messagequeue_events_delivered_total 1", "messagequeue_events_redelivered_total 0", "messagequeue_events_dropped_total 0", "messagequeue_refused_total 1",
            "# TYPE messagequeue_batch_size histogram", "# TYPE messagequeue_sync_duration_seconds histogram", "# TYPE messagequeue_refused_total counter"]);
        (await http.GetAsync(new Uri("/metrics", UriKind.Relative)).OrTimeout()).IsSuccessStatusCode.Should().BeFalse();
    }

    [Test]
    public async Task Handlers_and_emits_of_the_server_are_activities()
    {
        List<(string Name, object? Event)> seen = [];
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                lock (seen)
                {
                    seen.Add((activity.OperationName, activity.GetTagItem("messagequeue.event")));
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of("/").On("traced", session => session.EmitAsync("traced-answer")));
        await using EventClient alice = await server.ConnectAsync("session=alice");

        await alice.SendAsync(new { type = "emit", @event = "traced" });
        await alice.NextAsync("ack");

        lock (seen)
        {
            seen.Should().ContainInOrder(("messagequeue.emit", "traced-answer"), ("messagequeue.handle", "traced"));
        }
    }

    [Test]
    public void Every_instrument_is_documented()
    {
        string documented = File.ReadAllText(RepositoryRoot.Combine("docs", "operating.md"));
        string source = File.ReadAllText(RepositoryRoot.Combine("MessageQueue.Core", "Diagnostics", "ServerMetrics.cs"));

        string[] names = [.. System.Text.RegularExpressions.Regex.Matches(source, "\"(messagequeue\\.[a-z.]+)\", ").Select(match => match.Groups[1].Value)];

        names.Should().HaveCountGreaterThanOrEqualTo(10);
        documented.Should().ContainAll(names);
    }
}
