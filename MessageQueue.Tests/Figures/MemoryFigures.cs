using System.Globalization;
using MessageQueue.Snapshots;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.Storage;
using MessageQueue.Tests.State;

namespace MessageQueue.Tests.Figures;

/// <summary>
/// How much memory the state needs; the figures in docs/retention.md come from here. The limits are a little above what was measured, so
/// that slowly growing waste is noticed.
/// </summary>
[NonParallelizable]
internal sealed class MemoryFigures
{
    private const int Sessions = 20_000;
    private const int Events = 200_000;

    private long _sequence;

    [Test]
    public void A_session_that_is_in_one_room_takes_about_a_kilobyte()
    {
        ServerState state = new();

        long bytes = Measure(() => AddSessions(state, Sessions, rooms: 1)) / Sessions;

        Report("bytes per named session in one room", bytes);
        bytes.Should().BeLessThan(1100);
        GC.KeepAlive(state);
    }

    [Test]
    public void A_further_membership_takes_about_a_hundred_bytes()
    {
        ServerState few = new();
        ServerState many = new();
        long one = Measure(() => AddSessions(few, Sessions, rooms: 1));
        long eleven = Measure(() => AddSessions(many, Sessions, rooms: 11));

        long bytes = (eleven - one) / (10 * Sessions);

        Report("bytes per further membership", bytes);
        bytes.Should().BeLessThan(120);
        GC.KeepAlive((few, many));
    }

    [Test]
    public void An_event_that_is_retained_takes_eight_to_sixteen_bytes_for_each_room_it_went_to()
    {
        ServerState state = new();
        AddSessions(state, 10, rooms: 1);

        long bytes = Measure(() => Emit(state, Events)) / Events;

        Report("bytes per retained event and room", bytes);
        bytes.Should().BeLessThanOrEqualTo(16);
        GC.KeepAlive(state);
    }

    [Test]
    public void An_event_that_was_sent_and_not_acknowledged_takes_some_more()
    {
        ServerState state = new();
        AddSessions(state, 1, rooms: 1);
        Emit(state, Events);
        SessionState session = state.Sessions.Values.Single();
        long[] holes = [.. session.Namespace.Rooms.Values.Single().Sequences];

        long bytes = Measure(() => session.Merge(new Progress(session.Id, state.Head, holes))) / Events;

        Report("bytes per unacknowledged event and session", bytes);
        bytes.Should().BeLessThanOrEqualTo(64);
        GC.KeepAlive(state);
    }

    [Test]
    [Explicit("takes half a minute and a gigabyte")]
    public void A_hundred_thousand_sessions_and_a_million_events()
    {
        ServerState state = new();
        long sessions = Measure(() => AddSessions(state, 100_000, rooms: 3));
        long events = Measure(() => Emit(state, 1_000_000));
        MemoryStream snapshot = new();
        SnapshotCodec.Write(state, [], snapshot);

        Report("MB for 100,000 sessions in three rooms each", sessions >> 20);
        Report("MB for 1,000,000 retained events", events >> 20);
        Report("MB of the snapshot", snapshot.Length >> 20);
        GC.KeepAlive(state);
    }

    private static long Measure(Action action)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        action();
        return GC.GetTotalMemory(forceFullCollection: true) - before;
    }

    private void AddSessions(ServerState state, int count, int rooms)
    {
        for (int i = 0; i < count; i++)
        {
            byte[] record = new AttachRecord
            {
                Namespace = "/",
                Session = string.Create(CultureInfo.InvariantCulture, $"session-{i:d8}"),
                MaxSessions = int.MaxValue,
                MaxRooms = 100,
                Rooms = [.. Enumerable.Range(0, rooms)
                    .Select(room => string.Create(CultureInfo.InvariantCulture, $"room-{((i / 10) + (room * 7)) % 1000:d4}"))],
            }.Encode();
            Apply(state, RecordType.SessionAttached, record);
        }
    }

    private void Emit(ServerState state, int count)
    {
        byte[] record = new TestEmit("event", "room-0000").Encode();
        for (int i = 0; i < count; i++)
        {
            Apply(state, RecordType.EventEmitted, record);
        }
    }

    private void Apply(ServerState state, RecordType type, byte[] payload) =>
        state.Apply(new LogRecord(++_sequence, 1, (byte)type, 1, payload));

    private static void Report(string what, long value) =>
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {value:n0}"));
}
