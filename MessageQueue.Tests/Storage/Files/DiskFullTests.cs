using System.Text.Json;
using MessageQueue.Connections.Json;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Pipeline;

namespace MessageQueue.Tests.Storage.Files;

/// <summary>How the server answers clients while the disk is full, and that it continues by itself when there is room.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DiskFullTests
{
    private const string Emit = """{"type":"emit","event":"e","to":"lobby","id":"1"}""";

    private readonly CrampedLog _log = new();

    [Test]
    public async Task Events_are_refused_with_the_reason_until_there_is_room_again()
    {
        await using BrokerHarness harness = new(_log);
        (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice");
        _log.HasRoom = false;

        await BrokerHarness.SendAsync(alice, Emit);
        JsonElement error = await toAlice.NextAsync("error");
        error.GetProperty("code").GetString().Should().Be("unavailable");
        error.GetProperty("message").GetString().Should().Contain("disk is full");
        error.GetProperty("ref").GetString().Should().Be("1");

        _log.HasRoom = true;
        await BrokerHarness.SendAsync(alice, Emit);
        (await toAlice.NextAsync("ack")).GetProperty("ref").GetString().Should().Be("1", "the reference was not used up");
    }

    [Test]
    public async Task Acknowledgements_volatile_events_and_snapshots_go_on()
    {
        await using BrokerHarness harness = new(_log);
        (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice", "lobby");
        await BrokerHarness.SendAsync(alice, Emit);
        long id = (await toAlice.NextAsync("event")).GetProperty("id").GetInt64();
        await toAlice.NextAsync("ack");
        _log.HasRoom = false;

        await BrokerHarness.SendAsync(alice, $$"""{"type":"ack","id":{{id}}}""");
        await BrokerHarness.SendAsync(alice, """{"type":"emit","event":"e","to":"lobby","volatile":true}""");

        await toAlice.NextAsync("event");
        await toAlice.NextAsync("ack");
        await harness.Broker.Snapshots.RunAsync().OrTimeout();
        await alice.OnClosedAsync().OrTimeout();
        (_, FakeOutput again) = await harness.ConnectAsync("alice");
        again.Waiting.Should().Be(0, "it was acknowledged");
    }

    [Test]
    public async Task Known_sessions_can_return_and_new_ones_are_closed_with_1013()
    {
        await using BrokerHarness harness = new(_log);
        (JsonConnection alice, _) = await harness.ConnectAsync("alice");
        await alice.OnClosedAsync().OrTimeout();
        _log.HasRoom = false;

        await harness.ConnectAsync("alice");
        FakeOutput output = new();
        await new JsonConnection(harness.Json, output, new() { Session = "bob" }).AttachAsync().OrTimeout();

        (await output.Closed.Task.OrTimeout()).Should().Be(1013);
        _log.HasRoom = true;
        await harness.ConnectAsync("bob");
    }
}
