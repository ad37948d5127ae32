using MessageQueue.Connections.Json;
using MessageQueue.Delivery;
using MessageQueue.Delivery.Inspection;
using MessageQueue.Diagnostics;
using MessageQueue.Http;
using MessageQueue.Http.Answers;
using MessageQueue.Pipeline;
using MessageQueue.State.Records;
using MessageQueue.Storage;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Pipeline;
using MessageQueue.Tests.State;

namespace MessageQueue.Tests.Http;

/// <summary>Listings, and how long they keep others waiting for the apply loop.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class StateListingTests
{
    [Test]
    public async Task A_turn_of_the_apply_loop_looks_at_a_limited_number_of_sessions()
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
    public async Task A_turn_ends_early_when_counting_pending_events_takes_long()
    {
        await using BrokerHarness harness = new(
            Filled(sessions: 10, events: 20_000, "lobby", "hall"), options => options.MaxBacklogPerSession = 0);
        StateListing listing = new(harness.Broker, TimeProvider.System);

        int next = await harness.Broker.AskAsync(state => listing.Describe(state.Sessions.Values.ToArray(), 0, [])).OrTimeout();

        next.Should().Be(1, "counting for the first session read 20,000 events, which went to several rooms");
    }

    [Test]
    public async Task Events_that_went_to_one_room_are_counted_without_looking_at_them()
    {
        await using BrokerHarness harness = new(Filled(sessions: 100, events: 20_000), options => options.MaxBacklogPerSession = 0);
        StateListing listing = new(harness.Broker, TimeProvider.System);
        List<SessionRow> rows = [];

        int next = await harness.Broker.AskAsync(state => listing.Describe(state.Sessions.Values.ToArray(), 0, rows)).OrTimeout();

        next.Should().Be(64);
        rows.Should().OnlyContain(row => row.Pending == 20_000);
        harness.Broker.FanOut.CountingSteps.Should().Be(128, "each of the 64 is in two rooms, one of them everyone's");
    }

    [Test]
    public async Task Sampling_pending_events_looks_at_a_limited_number_of_rooms_per_tick()
    {
        const int Sessions = 10_000;
        await using BrokerHarness harness = new(Filled(Sessions, events: 3));
        ServerCounters counters = new() { WantsOwed = true };
        PendingSampler sampler = new();

        // Three per session, itself and two rooms, to count, and as much again for its oldest event.
        int ticks = 2 * 3 * Sessions / PendingSampler.RoomsPerTick;
        (long early, long? none) = await TickAsync(ticks);
        (long late, long? oldest) = await TickAsync(1);

        early.Should().Be(0, "the round was not over");
        none.Should().BeNull();
        late.Should().Be(3 * Sessions);
        oldest.Should().Be(Sessions + 1, "the events come after the sessions in the log");

        Task<(long Owed, long? Oldest)> TickAsync(int times) => harness.Broker.AskAsync(state =>
        {
            long? found = null;
            for (int i = 0; i < times; i++)
            {
                found = sampler.Sample(state, harness.Broker.FanOut, harness.Broker.Owed, counters, now: 1);
            }

            return (counters.Owed, found);
        }).OrTimeout();
    }

    [Test]
    public async Task More_than_100_000_events_are_not_counted()
    {
        await using BrokerHarness harness = new(Filled(sessions: 1, events: 100_001), options => options.MaxBacklogPerSession = 0);

        Page<SessionRow> page = await new StateListing(harness.Broker, TimeProvider.System)
            .ListSessionsAsync(null, 0, 10, default).OrTimeout();

        page.Rows.Should().ContainSingle();
        page.Rows[0].Pending.Should().Be(100_000);
        page.Rows[0].HasMorePending.Should().BeTrue();
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

            // A session that was listed ends, and a new one connects.
            (await SessionEnder.EndAsync(harness.Broker, "/", $"s{page}").OrTimeout()).Should().BeNull();
            (JsonConnection client, _) = await harness.ConnectAsync($"new{page}");
            await client.OnClosedAsync().OrTimeout();
        }

        listed.Should().OnlyHaveUniqueItems();
        listed.Should().Contain(Enumerable.Range(0, Many).Select(i => $"s{i}"));
    }

    [Test]
    public async Task An_event_for_many_sessions_is_explained_in_turns_with_other_work_in_between()
    {
        const int Many = 20_000;
        await using BrokerHarness harness = new(Filled(Many, events: 1));
        int others = 0;
        bool isOver = false;
        Repeat();

        Explanation? explanation = await new EventExplainer(harness.Broker, TimeProvider.System)
            .ExplainAsync("/", Many + 1, limit: 10, default).OrTimeout();

        await harness.Broker.AskAsync(_ => isOver = true).OrTimeout();
        explanation!.Counts.Should().Equal(new Dictionary<ReceiverStatus, int> { [ReceiverStatus.Unsent] = Many });
        explanation.Receivers.Should().HaveCount(10);
        explanation.HasMore.Should().BeTrue();
        others.Should().BeGreaterThanOrEqualTo(Many / EventExplainer.SessionsPerTurn);

        // Work that is always waiting behind the question.
        void Repeat() => harness.Broker.Post(ApplyInput.Call(_ =>
        {
            others++;
            if (!isOver)
            {
                Repeat();
            }
        }));
    }

    [Test]
    public async Task The_oldest_pending_event_is_found_among_many_that_expired_by_looking_at_a_limited_number()
    {
        InMemoryEventLog log = Filled(sessions: 1);
        byte[] expired = new TestEmit("e", "lobby") { TimeToLive = 1 }.Encode();
        byte[] kept = new TestEmit("e", "lobby").Encode();
        log.Append(Enumerable.Repeat(new LogEntry((byte)RecordType.EventEmitted, 1, expired), 2000).ToArray(), 2);
        log.Append([new LogEntry((byte)RecordType.EventEmitted, 1, kept)], 2);
        await using BrokerHarness harness = new(log);

        long atMost = await harness.Broker
            .AskAsync(state => harness.Broker.Owed.Oldest(state.Roster[0], now: 1_000_000)).OrTimeout();
        List<long> next = await harness.Broker
            .AskAsync(state => harness.Broker.Owed.Next(state.Roster[0], after: 1000, 1, now: 1_000_000, out _)).OrTimeout();

        atMost.Should().Be(1 + OwedEvents.MaxLooks, "nothing before that is pending, and one question looks no further");
        next.Should().Equal(2002);
    }

    // Returns a log as a server finds it when it starts.
    private static InMemoryEventLog Filled(int sessions, int events = 0, params string[] to)
    {
        InMemoryEventLog log = new();
        List<LogEntry> entries = [];
        for (int i = 0; i < sessions; i++)
        {
            AttachRecord attach =
                new() { Namespace = "/", Session = $"s{i}", MaxSessions = int.MaxValue, MaxRooms = 10, Rooms = ["lobby"] };
            entries.Add(new LogEntry((byte)RecordType.SessionAttached, 1, attach.Encode()));
        }

        string[] rooms = to.Length == 0 ? ["lobby"] : to;
        byte[] emit = new TestEmit("e", rooms).Encode();
        entries.AddRange(Enumerable.Repeat(new LogEntry((byte)RecordType.EventEmitted, 1, emit), events));
        log.Append(entries.ToArray(), 1);
        return log;
    }
}
