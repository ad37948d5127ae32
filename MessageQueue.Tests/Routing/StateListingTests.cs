using MessageQueue.Routing;
using MessageQueue.Sessions.Records;
using MessageQueue.Storage;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Routing;

/// <summary>Listings, and what they cost those who wait for the apply loop.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class StateListingTests
{
    [Test]
    public async Task A_turn_of_the_apply_loop_looks_at_so_many_sessions_and_no_more()
    {
        await using BrokerHarness harness = new(Filled(sessions: 1000));
        StateListing listing = new(harness.Broker, TimeProvider.System);

        (int next, int rows) = await harness.Broker.AskAsync(state =>
        {
            List<SessionRow> described = [];
            return (listing.Describe(state.Sessions.Values.ToArray(), 100, described), described.Count);
        }).OrTimeout();

        next.Should().Be(164);
        rows.Should().Be(64);
    }

    [Test]
    public async Task A_turn_ends_early_when_what_is_owed_took_long_to_count()
    {
        await using BrokerHarness harness = new(Filled(sessions: 10, events: 20_000), options => options.MaxBacklogPerSession = 0);
        StateListing listing = new(harness.Broker, TimeProvider.System);

        int next = await harness.Broker.AskAsync(state => listing.Describe(state.Sessions.Values.ToArray(), 0, [])).OrTimeout();

        next.Should().Be(1, "the first is owed 20,000");
    }

    [Test]
    public async Task More_than_100_000_events_are_not_counted()
    {
        await using BrokerHarness harness = new(Filled(sessions: 1, events: 100_001), options => options.MaxBacklogPerSession = 0);

        Page<SessionRow> page = await new StateListing(harness.Broker, TimeProvider.System).ListSessionsAsync(null, 0, 10, default).OrTimeout();

        page.Rows.Should().ContainSingle();
        page.Rows[0].Owed.Should().Be(100_000);
        page.Rows[0].IsOwedMore.Should().BeTrue();
    }

    [Test]
    public async Task All_of_many_sessions_are_listed_once_while_others_come_and_go()
    {
        const int Many = 5000;
        await using BrokerHarness harness = new(Filled(Many));
        StateListing listing = new(harness.Broker, TimeProvider.System);
        List<string> listed = [];
        string? next = "0";
        for (int page = 0; next is not null; page++)
        {
            Page<SessionRow> rows = await listing.ListSessionsAsync("/", long.Parse(next), 500, default).OrTimeout();
            listed.AddRange(rows.Rows.Select(row => row.Session));
            next = rows.Next;

            // One that was listed goes, and one comes.
            (await SessionEnder.EndAsync(harness.Broker, "/", $"s{page}").OrTimeout()).Should().BeNull();
            (Client client, _) = await harness.ConnectAsync($"new{page}");
            await client.OnClosedAsync().OrTimeout();
        }

        listed.Should().OnlyHaveUniqueItems();
        listed.Should().Contain(Enumerable.Range(0, Many).Select(i => $"s{i}"));
    }

    // As a server would find it at a start.
    private static InMemoryEventLog Filled(int sessions, int events = 0)
    {
        InMemoryEventLog log = new();
        List<LogEntry> entries = [];
        for (int i = 0; i < sessions; i++)
        {
            AttachRecord attach = new() { Namespace = "/", Session = $"s{i}", MaxSessions = int.MaxValue, MaxRooms = 10, Rooms = ["lobby"] };
            entries.Add(new LogEntry((byte)RecordType.SessionAttached, 1, attach.Encode()));
        }

        byte[] emit = new EmitRecord { Namespace = "/"u8, Event = "e"u8, Data = "1"u8, To = ["lobby"u8.ToArray()] }.Encode();
        entries.AddRange(Enumerable.Repeat(new LogEntry((byte)RecordType.EventEmitted, 1, emit), events));
        log.Append(entries.ToArray(), 1);
        return log;
    }
}
