using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.RegularExpressions;
using MessageQueue.Diagnostics;
using MessageQueue.Pipeline;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

internal sealed partial class MetricsTests
{
    [Test]
    public async Task Metrics_can_be_read_as_Prometheus_text_if_the_app_allows_it()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await TestServer.StartAsync(options =>
        {
            options.TimeProvider = clock;
            options.AuthorizeOperate = request => ValueTask.FromResult(request is { Operation: Operation.ReadMetrics, Token: "t" });
        });
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        await alice.EmitAsync("lobby");
        await alice.NextAsync("event");
        await alice.SendAsync("nonsense");
        await alice.NextAsync("error");
        (await HttpReply.PostAsync($"{server.Url}/?to=lobby")).ShouldBeError(400, "bad_message");
        using HttpClient http = new() { BaseAddress = new Uri(server.Url) };
        await http.GetStringAsync(new Uri("/metrics?token=t", UriKind.Relative)).OrTimeout();
        clock.Advance(TimeSpan.FromSeconds(1));
        await alice.PingAsync();

        string text = await http.GetStringAsync(new Uri("/metrics?token=t", UriKind.Relative)).OrTimeout();

        text.Split('\n').Should().Contain([
            "messagequeue_connections 1", "messagequeue_sessions 1", "messagequeue_events_owed 1", "messagequeue_events_emitted_total 1",
            "messagequeue_events_delivered_total 1", "messagequeue_events_redelivered_total 0", "messagequeue_events_dropped_total 0",
            "messagequeue_refused_total 2", "# TYPE messagequeue_events_oldest_owed_seconds gauge",
            "# TYPE messagequeue_batch_size histogram", "# TYPE messagequeue_sync_duration_seconds histogram",
            "# TYPE messagequeue_refused_total counter",
            "messagequeue_dead_letters_total 0", "messagequeue_retention_events_total 0", "messagequeue_retention_bytes_total 0",
            "messagequeue_snapshot_failures_total 0", "messagequeue_snapshot_duration_seconds_count 0"]);
        (await http.GetAsync(new Uri("/metrics", UriKind.Relative)).OrTimeout()).IsSuccessStatusCode.Should().BeFalse();
    }

    [Test]
    public async Task The_age_of_the_oldest_pending_event_grows_until_it_is_acknowledged()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await TestServer.StartAsync(options =>
        {
            options.TimeProvider = clock;
            options.AuthorizeOperate = _ => ValueTask.FromResult(true);
        });
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        using HttpClient http = new() { BaseAddress = new Uri(server.Url) };
        (await AgeAsync()).Should().Be("0");
        long first = await alice.EmitAsync("lobby");
        clock.Advance(TimeSpan.FromSeconds(5));
        await alice.EmitAsync("lobby");
        await alice.SendAsync(new { type = "ack", id = first });
        await alice.PingAsync();

        await SampleUntilAsync("7", after: TimeSpan.FromSeconds(2));
        clock.Advance(TimeSpan.FromMilliseconds(500));
        (await AgeAsync()).Should().Be("7.5", "bob owes the first one still");

        await bob.SendAsync(new { type = "ack", id = first });
        await bob.PingAsync();
        await SampleUntilAsync("3.5", after: TimeSpan.FromSeconds(1));

        async Task<string> AgeAsync() => (await http.GetStringAsync(new Uri("/metrics", UriKind.Relative)).OrTimeout()).Split('\n')
            .Single(line => line.StartsWith("messagequeue_events_oldest_owed_seconds ", StringComparison.Ordinal)).Split(' ')[1];

        // The sample is taken by the apply loop, and the time is read beside it.
        async Task SampleUntilAsync(string expected, TimeSpan after)
        {
            clock.Advance(after);
            using CancellationTokenSource patience = new(Timeouts.Limit);
            while (await AgeAsync() != expected)
            {
                patience.Token.ThrowIfCancellationRequested();
            }
        }
    }

    [Test]
    public async Task Reading_metrics_and_the_apply_loop_do_not_wait_for_each_other()
    {
        await using TestServer server = await TestServer.StartAsync(options => options.AuthorizeOperate = _ => ValueTask.FromResult(true));
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        using HttpClient http = new() { BaseAddress = new Uri(server.Url) };
        using ManualResetEventSlim gate = new();
        server.Server.Core.Broker.Post(ApplyInput.Call(_ => gate.Wait()));

        string text = await http.GetStringAsync(new Uri("/metrics", UriKind.Relative)).OrTimeout();

        text.Should().Contain("messagequeue_sessions 1");
        gate.Set();
        await alice.PingAsync();
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
        await using TestServer server = await TestServer.HandlingAsync(
            mq => mq.Of("/").On("traced", session => session.EmitAsync("traced-answer")));
        await using EventClient alice = await server.ConnectAsync("session=alice");

        await alice.SendAsync(new { type = "emit", @event = "traced" });
        await alice.NextAsync("ack");

        lock (seen)
        {
            seen.Should().ContainInOrder(("messagequeue.emit", "traced-answer"), ("messagequeue.handle", "traced"));
        }
    }

    [Test]
    public async Task The_host_serves_metrics_to_clients_with_its_token()
    {
        using TemporaryDirectory data = new();
        await using HostProcess host = await HostProcess.StartAsync(data.FullName, "--token", "s3cret");
        using HttpClient http = new() { BaseAddress = new Uri(host.Url) };
        Uri metrics = new("/metrics", UriKind.Relative);

        (await http.GetAsync(metrics).OrTimeout()).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        http.DefaultRequestHeaders.Authorization = new("Bearer", "s3cret");
        (await http.GetStringAsync(metrics).OrTimeout()).Should().Contain("\nmessagequeue_connections 0\n");
    }

    [Test]
    public async Task Every_instrument_is_documented_and_belongs_to_the_one_meter()
    {
        string[] documented = [.. Instrument().Matches(File.ReadAllText(RepositoryRoot.Combine("docs", "operating.md")))
            .Select(match => match.Groups[1].Value)];
        List<Instrument> instruments = [];
        await using TestServer server = await TestServer.StartAsync();
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, _) => instruments.Add(instrument);
        listener.Start();

        instruments.Where(instrument => instrument.Meter == server.Server.Core.Metrics.Meter).Select(instrument => instrument.Name)
            .Should().BeEquivalentTo(documented);
        instruments.Where(instrument => instrument.Name.StartsWith("messagequeue", StringComparison.Ordinal))
            .Should().OnlyContain(instrument => instrument.Meter.Name == "MessageQueue");
    }

    [Test]
    public async Task Dotnet_counters_shows_the_metrics()
    {
        // It reads what this event source publishes. The interval is the shortest that it accepts.
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice");
        using CounterSession counters = new("MessageQueue", TimeSpan.FromSeconds(1));

        await counters.SawAsync("messagequeue.connections");
        await counters.SawAsync("messagequeue.events.emitted");
    }

    [GeneratedRegex(@"^\| `(messagequeue\.[a-z._]+)` \| (gauge|counter|histogram) \|", RegexOptions.Multiline)]
    private static partial Regex Instrument();
}
