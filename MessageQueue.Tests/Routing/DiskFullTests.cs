using System.Text.Json;
using MessageQueue.Routing;
using MessageQueue.Storage;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Routing;

/// <summary>What clients meet while the log has no room, and that it goes on by itself.</summary>
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
        (Client alice, FakeOutput toAlice) = await harness.ConnectAsync("alice");
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
        (Client alice, FakeOutput toAlice) = await harness.ConnectAsync("alice", "lobby");
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
    public async Task Sessions_that_are_known_come_back_and_new_ones_are_told_to_try_later()
    {
        await using BrokerHarness harness = new(_log);
        (Client alice, _) = await harness.ConnectAsync("alice");
        await alice.OnClosedAsync().OrTimeout();
        _log.HasRoom = false;

        await harness.ConnectAsync("alice");
        FakeOutput output = new();
        await new Client(harness.Broker, output, new() { Session = "bob" }).AttachAsync().OrTimeout();

        (await output.Closed.Task.OrTimeout()).Should().Be(1013);
        _log.HasRoom = true;
        await harness.ConnectAsync("bob");
    }

    private sealed class CrampedLog : IEventLog, ILogSpace
    {
        private readonly InMemoryEventLog _inner = new();

#pragma warning disable CS0067 // Nobody here is told.
        public event Action? Changed;
#pragma warning restore CS0067

        public bool HasRoom { get; set; } = true;

        public Guid StoreId => _inner.StoreId;

        public long LastSequence => _inner.LastSequence;

        public int MaxPayloadBytes => _inner.MaxPayloadBytes;

        public IReadOnlyList<LogExtent> SealedExtents => _inner.SealedExtents;

        public void Recover(long after, IReadOnlyList<SequenceRange> dropped, Action<LogRecord> apply) => _inner.Recover(after, dropped, apply);

        public void Replay(long after, long upTo, Action<LogRecord> apply) => _inner.Replay(after, upTo, apply);

        public void Drop(IReadOnlyList<long> firstSequences) => _inner.Drop(firstSequences);

        public long Append(ReadOnlySpan<LogEntry> batch, long time) => _inner.Append(batch, time);

        public void Settle() => _inner.Settle();

        public int Read(ReadOnlySpan<long> sequences, Span<LogRecord> records, int maxBytes, out int consumed) =>
            _inner.Read(sequences, records, maxBytes, out consumed);

        public void Dispose() => _inner.Dispose();
    }
}
