using System.Diagnostics;
using System.Globalization;
using MessageQueue.Snapshots;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.Storage;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Storage.Snapshots;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.State;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Figures;

/// <summary>How long a start takes with much history; the figures in docs/retention.md come from here. Run it in a release build.</summary>
[Explicit("takes minutes and gigabytes")]
internal sealed class RestartFigures
{
    private const int Sessions = 10_000;
    private const int Rooms = 1000;
    private const int BatchRecords = 8192;

    private readonly List<LogEntry> _batch = [];

    [TestCase(1_000_000)]
    [TestCase(5_000_000)]
    public void A_start_with_history(int events)
    {
        using TemporaryDirectory data = new();
        using (SegmentLog log = Open(data))
        {
            log.Recover(0, [], static _ => { });
            Fill(log, events);
        }

        Start(data, "without a snapshot, all of the log read", save: true);
        using (SegmentLog log = Open(data))
        {
            StateRecovery.Run(log, Snapshots(data, log));
            Fill(log, 1_000_000);
        }

        Start(data, "with a snapshot and 1,000,000 events after it", save: false);
    }

    private static void Start(TemporaryDirectory data, string how, bool save)
    {
        using SegmentLog log = Open(data);
        StateSnapshots snapshots = Snapshots(data, log);
        long started = Stopwatch.GetTimestamp();
        ServerState state = StateRecovery.Run(log, snapshots);
        Report(how, state, Stopwatch.GetElapsedTime(started));
        if (save)
        {
            started = Stopwatch.GetTimestamp();
            snapshots.Save(state, state.Head);
            Report("a snapshot saved", state, Stopwatch.GetElapsedTime(started));
        }
    }

    // A tenth of the sessions are in rooms of their own and never acknowledge. So a tenth of the events is retained for good, as for
    // clients that are away.
    private void Fill(SegmentLog log, int events)
    {
        if (log.LastSequence < Sessions)
        {
            for (int i = 0; i < Sessions; i++)
            {
                AttachRecord attach = new()
                {
                    Namespace = "/",
                    Session = Name("session", i),
                    MaxSessions = Sessions,
                    MaxRooms = 10,
                    Rooms = [Name("room", i % Rooms)],
                };
                Add(log, RecordType.SessionAttached, attach.Encode());
            }

            Flush(log);
        }

        string data = new('1', 128);
        for (int i = 0; i < events; i++)
        {
            string room = Name("room", i % Rooms);
            Add(log, RecordType.EventEmitted, new TestEmit("event", room) { Data = data }.Encode());
            if (i % 100_000 == 99_999)
            {
                Flush(log);
                Acknowledge(log);
            }
        }

        Flush(log);
    }

    private void Acknowledge(SegmentLog log)
    {
        for (int i = 0; i < Sessions; i += 1000)
        {
            // The id of a session is the sequence of the record that created it, and those records are the first in the log.
            IEnumerable<int> settled = Enumerable.Range(i, 1000).Where(session => session % Rooms % 10 != 0);
            Progress[] progress = [.. settled.Select(session => new Progress(session + 1, log.LastSequence, []))];
            Add(log, RecordType.Acknowledged, AcknowledgedRecord.Encode(progress));
        }

        Flush(log);
    }

    private void Add(SegmentLog log, RecordType type, byte[] payload)
    {
        _batch.Add(new LogEntry((byte)type, 1, payload));
        if (_batch.Count == BatchRecords)
        {
            Flush(log);
        }
    }

    private void Flush(SegmentLog log)
    {
        if (_batch.Count > 0)
        {
            log.Append(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_batch), 1);
            _batch.Clear();
        }
    }

    private static SegmentLog Open(TemporaryDirectory data) =>
        SegmentLog.Open(data.FullName, 64 << 20, Durability.Fsync, DiskFileSystem.Instance, TimeProvider.System, NullLogger.Instance);

    private static StateSnapshots Snapshots(TemporaryDirectory data, SegmentLog log) =>
        new(new FileSnapshotStore(data.FullName, log.StoreId, DiskFileSystem.Instance, NullLogger.Instance), NullLogger.Instance);

    private static string Name(string kind, int number) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{number:d5}");

    private static void Report(string how, ServerState state, TimeSpan elapsed) => TestContext.Out.WriteLine(
        string.Create(CultureInfo.InvariantCulture,
            $"{how}: {state.Head:n0} records, {state.Sessions.Count:n0} sessions, {elapsed.TotalMilliseconds:n0} ms"));
}
