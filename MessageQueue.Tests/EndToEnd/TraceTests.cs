using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>The trace that an event belongs to, on the wire.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TraceTests
{
    private const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [TestCase("")]
    [TestCase(""","volatile":true""")]
    public async Task An_event_has_the_trace_of_its_emit(string more)
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");

        await bob.SendAsync(Emit($"\"{Trace}\"", more));
        await bob.SendAsync($$"""{"type":"emit","event":"e","to":"lobby"{{more}}}""");

        TraceOf(await bob.NextAsync("event")).Should().Be(Trace);
        TraceOf(await bob.NextAsync("event")).Should().BeNull();
    }

    [Test]
    public async Task A_trace_survives_a_restart()
    {
        using TemporaryDirectory data = new();
        await using (TestServer server = await TestServer.StartAsync(data))
        {
            await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
            await bob.SendAsync(Emit($"\"{Trace}\"", ""","data":[1],"args":true"""));
            await bob.NextAsync("event");
        }

        await using TestServer restarted = await TestServer.StartAsync(data);
        await using EventClient back = await restarted.ConnectAsync("session=bob");
        JsonElement again = await back.NextAsync("event");
        TraceOf(again).Should().Be(Trace);
        again.GetProperty("data").GetRawText().Should().Be("[1]");
    }

    [TestCase("null")]
    [TestCase("7")]
    [TestCase("{\"a\":[1]}")]
    [TestCase("\"\"")]
    [TestCase("\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0\"", Description = "too short")]
    [TestCase("\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-011\"", Description = "too long")]
    [TestCase("\"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01\"", Description = "upper case")]
    [TestCase("\"00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01\"", Description = "no digit")]
    [TestCase("\"00-00000000000000000000000000000000-b7ad6b7169203331-01\"", Description = "no trace")]
    [TestCase("\"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01\"", Description = "no span")]
    [TestCase("\"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\"", Description = "no version")]
    [TestCase("\"00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01\"")]
    [TestCase("\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0\\u00e9\"")]
    public async Task What_is_not_a_trace_is_ignored_and_the_event_is_stored(string trace)
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");

        await bob.SendAsync(Emit(trace, ""));

        TraceOf(await bob.NextAsync("event")).Should().BeNull();
        await bob.NextAsync("ack");
    }

    [Test]
    public async Task An_event_that_is_published_has_the_trace_of_the_header_traceparent()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        string url = $"{server.Url}/?to=lobby&event=e";

        (await HttpReply.PostAsync(url, "1", configure: request => request.Headers.Add("traceparent", Trace))).ShouldBeAck();
        (await HttpReply.PostAsync(url, "2", configure: request => request.Headers.Add("traceparent", "nonsense"))).ShouldBeAck();

        TraceOf(await bob.NextAsync("event")).Should().Be(Trace);
        TraceOf(await bob.NextAsync("event")).Should().BeNull();
    }

    [Test]
    public async Task A_dead_letter_belongs_to_the_trace_of_its_event()
    {
        await using TestServer server = await TestServer.StartAsync(options => options.MaxDeliveries = 1);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        await using EventClient undertaker = await server.ConnectAsync("session=undertaker&room=dead:bob");
        await bob.SendAsync(Emit($"\"{Trace}\"", ""));

        await bob.SendAsync(new { type = "nack", id = (await bob.NextAsync("event")).Id() });

        TraceOf(await undertaker.NextAsync("event")).Should().Be(Trace);
    }

    private static string Emit(string trace, string more) => $$"""{"type":"emit","event":"e","to":"lobby","trace":{{trace}}{{more}}}""";

    private static string? TraceOf(JsonElement received) =>
        received.TryGetProperty("trace", out JsonElement trace) ? trace.GetString() : null;
}
