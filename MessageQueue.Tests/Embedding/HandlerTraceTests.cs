using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using MessageQueue.Diagnostics;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

/// <summary>Traces that go through handlers and the server's own emits.</summary>
internal sealed class HandlerTraceTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string Trace = $"00-{TraceId}-b7ad6b7169203331-01";

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_handler_continues_the_trace_of_its_event_and_what_it_emits_continues_that(bool isDurable)
    {
        ConcurrentQueue<Activity> stopped = new();
        using ActivityListener listener = Listen(stopped);
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of("/").On(
            "work", session => session.EmitAsync("done"), new HandlerOptions { Durable = isDurable }));
        await using EventClient alice = await server.ConnectAsync("session=alice");

        await alice.SendAsync(new { type = "emit", @event = "work", trace = Trace });
        JsonElement done = await alice.NextAsync("event");
        await alice.NextAsync("ack");

        Activity handle = stopped.Single(activity => activity.OperationName == "messagequeue.handle");
        Activity emit = stopped.Single(activity => activity.OperationName == "messagequeue.emit");
        (handle.ParentId, handle.TraceId.ToHexString(), handle.HasRemoteParent).Should().Be((Trace, TraceId, true));
        emit.ParentId.Should().Be(handle.Id);
        done.GetProperty("trace").GetString().Should().Be(emit.Id);
    }

    [Test]
    public async Task A_handler_of_an_event_without_a_trace_begins_one()
    {
        ConcurrentQueue<Activity> stopped = new();
        using ActivityListener listener = Listen(stopped);
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of("/").On("work", _ => Task.CompletedTask));
        await using EventClient alice = await server.ConnectAsync("session=alice");

        await alice.SendAsync(new { type = "emit", @event = "work" });
        await alice.NextAsync("ack");

        stopped.Should().ContainSingle().Which.HasRemoteParent.Should().BeFalse();
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Where_nobody_traces_the_server_a_handler_passes_the_trace_of_its_event_on(bool isDurable)
    {
        TaskCompletionSource<string?> seen = new();
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of("/").On<ReceivedEvent>(
            "work",
            (session, received) =>
            {
                seen.SetResult(received.Trace);
                return session.EmitAsync("done");
            },
            new HandlerOptions { Durable = isDurable }));
        await using EventClient alice = await server.ConnectAsync("session=alice");

        await alice.SendAsync(new { type = "emit", @event = "work", trace = Trace });

        (await alice.NextAsync("event")).GetProperty("trace").GetString().Should().Be(Trace);
        (await seen.Task.OrTimeout()).Should().Be(Trace);
    }

    [Test]
    public async Task An_emit_of_the_app_belongs_to_the_activity_around_it_if_that_is_recorded()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice");
        using Activity activity = new("app");
        activity.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        await server.Server.Of("/").EmitAsync("before").OrTimeout();

        activity.Start();
        await server.Server.Of("/").EmitAsync("inside").OrTimeout();
        activity.ActivityTraceFlags = ActivityTraceFlags.None;
        await server.Server.Of("/").EmitAsync("not recorded").OrTimeout();

        (await alice.NextAsync("event")).TryGetProperty("trace", out _).Should().BeFalse();
        (await alice.NextAsync("event")).GetProperty("trace").GetString().Should().StartWith($"00-{activity.TraceId}-{activity.SpanId}-");
        (await alice.NextAsync("event")).TryGetProperty("trace", out _).Should().BeFalse();
    }

    [Test]
    public async Task An_observer_knows_the_trace()
    {
        TaskCompletionSource<string?> seen = new();
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of("/").OnEmitted(received =>
        {
            seen.TrySetResult(received.Trace);
            return Task.CompletedTask;
        }));
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");

        await alice.SendAsync(new { type = "emit", @event = "e", to = "lobby", trace = Trace });
        await alice.NextAsync("event");

        (await seen.Task.OrTimeout()).Should().Be(Trace);
    }

    private static ActivityListener Listen(ConcurrentQueue<Activity> stopped)
    {
        ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
