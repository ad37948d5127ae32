using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Threading.Channels;
using MessageQueue.Client.Diagnostics;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.DotNet;

/// <summary>The traces and metrics of a client.</summary>
internal sealed class TelemetryTests : ClientFixture
{
    [Test]
    public async Task Metrics_have_the_names_of_the_conventions()
    {
        ConcurrentQueue<(string Name, double Value, string Tags)> measured = new();
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == ClientTelemetry.Name)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
        ClientProbe ann = await InLobbyAsync("ann");
        ChannelReader<MessageQueue.Client.ReceivedEvent<int>> received = ann.Collect<int>("say");

        await ann.Client.EmitAsync("say", 1, "lobby").OrTimeout();
        await FluentActions.Awaiting(() => ann.Client.EmitAsync("say", 1, "@nobody").OrTimeout()).Should().ThrowAsync<Exception>();
        await received.ReadAsync().OrTimeout();
        await ann.DisposeAsync();

        const string Sent = "messaging.destination.name=/ messaging.operation.name=send messaging.system=messagequeue";
        const string Processed = "messaging.destination.name=/ messaging.operation.name=process messaging.system=messagequeue";
        measured.Select(one => (one.Name, one.Tags)).Should().BeEquivalentTo(new[]
        {
            ("messaging.client.sent.messages", Sent),
            ("messaging.client.operation.duration", Sent),
            ("messaging.client.sent.messages", "error.type=unknown_session " + Sent),
            ("messaging.client.operation.duration", "error.type=unknown_session " + Sent),
            ("messaging.client.consumed.messages", Processed),
            ("messaging.process.duration", Processed),
        });
        measured.Should().OnlyContain(one => one.Name.EndsWith("duration") ? one.Value > 0 && one.Value < 60 : one.Value == 1);

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            measured.Enqueue((instrument.Name, value, string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}").Order())));
    }

    [Test]
    public async Task A_trace_goes_from_client_to_client_through_the_server()
    {
        ConcurrentQueue<Activity> stopped = new();
        using ActivityListener listener = Listen(stopped);
        ClientProbe ann = await OpenAsync("ann");
        ClientProbe bob = await InLobbyAsync("bob");
        ChannelReader<MessageQueue.Client.ReceivedEvent<int>> received = bob.Collect<int>("say");

        await ann.Client.EmitAsync("say", 1, "lobby").OrTimeout();

        await received.ReadAsync().OrTimeout();
        await AsyncCondition.UntilAsync(() => stopped.Count == 2);
        stopped.Single(activity => activity.Kind == ActivityKind.Consumer).ParentId
            .Should().Be(stopped.Single(activity => activity.Kind == ActivityKind.Producer).Id);
    }

    [Test]
    public async Task A_handler_continues_the_trace_of_the_sender()
    {
        ConcurrentQueue<Activity> stopped = new();
        using ActivityListener listener = Listen(stopped);
        await using ScriptedServer server = new();
        Proxy.PointTo(server.Url);
        ClientProbe ann = Create("ann");
        ann.Client.On<JsonElement>("say", _ => Task.CompletedTask);
        _ = ann.Client.ConnectAsync();
        EventClient peer = await server.WelcomeAsync();
        Task<long> emitting = ann.Client.EmitAsync("say", 1, "lobby");
        JsonElement emit = await peer.NextAsync("emit");
        string trace = emit.GetProperty("trace").GetString()!;

        await peer.SendAsync(new { type = "event", id = 1, @event = "say", data = 1, room = "lobby", time = 1, trace });
        await peer.SendAsync(new { type = "ack", id = 1, @ref = emit.GetProperty("id").GetString() });

        await emitting.OrTimeout();
        await peer.NextAsync("ack");
        await AsyncCondition.UntilAsync(() => stopped.Count == 2);
        Activity send = stopped.Single(activity => activity.Kind == ActivityKind.Producer);
        Activity process = stopped.Single(activity => activity.Kind == ActivityKind.Consumer);
        trace.Should().Be(send.Id);
        process.ParentId.Should().Be(send.Id);
        (send.DisplayName, process.DisplayName).Should().Be(("send say", "process say"));
        process.GetTagItem("messaging.message.id").Should().Be(1L);
        process.GetTagItem("messaging.system").Should().Be("messagequeue");
    }

    private static ActivityListener Listen(ConcurrentQueue<Activity> stopped)
    {
        ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == ClientTelemetry.Name,
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
