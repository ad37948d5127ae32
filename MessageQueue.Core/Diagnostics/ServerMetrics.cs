using System.Diagnostics.Metrics;

namespace MessageQueue.Diagnostics;

/// <summary>
/// The meter of one server. Counters are read only when somebody collects; only batches and snapshots are recorded as they happen. The
/// instruments are documented in docs/operating.md: keep in sync.
/// </summary>
internal sealed class ServerMetrics : IDisposable
{
    /// <param name="counters">The counters of the server.</param>
    /// <param name="gauges">The values to read when somebody collects.</param>
    /// <param name="name">The server's name, to distinguish several servers in one process; empty for none.</param>
    public ServerMetrics(ServerCounters counters, ServerGauges gauges, string name)
    {
        Meter = new Meter(new MeterOptions(Telemetry.Name)
        {
            Version = typeof(ServerMetrics).Assembly.GetName().Version?.ToString(3),
            Tags = name.Length == 0 ? null : [new KeyValuePair<string, object?>("messagequeue.server", name)],
        });
        Meter.CreateObservableUpDownCounter("messagequeue.connections", gauges.Connections, "{connection}", "Connections open.");
        Meter.CreateObservableUpDownCounter("messagequeue.sessions", gauges.Sessions, "{session}", "Sessions known, connected or not.");
        Meter.CreateObservableUpDownCounter(
            "messagequeue.events.owed", () => Owed(counters), "{event}",
            "Pending events of all sessions, as an upper bound, some seconds ago.");
        Meter.CreateObservableUpDownCounter(
            "messagequeue.events.oldest_owed", () => OldestOwed(counters, gauges), "s",
            "Age of the oldest pending event of all sessions; 0 if nothing is pending.");
        Meter.CreateObservableCounter(
            "messagequeue.events.emitted", () => counters.Emitted, "{event}", "Events stored, and volatile events.");
        Meter.CreateObservableCounter(
            "messagequeue.events.delivered", () => counters.Deliveries, "{event}", "Events handed to connections, each receiver counted.");
        Meter.CreateObservableCounter(
            "messagequeue.events.redelivered", () => counters.Redeliveries, "{event}",
            "Deliveries of events that may have been delivered before.");
        Meter.CreateObservableCounter(
            "messagequeue.events.dropped", gauges.DroppedEvents, "{event}", "Volatile events that a receiver had no room for.");
        Meter.CreateObservableCounter(
            "messagequeue.refused", () => counters.Refused, "{request}", "Messages answered with an error, and connections refused.");
        Meter.CreateObservableCounter(
            "messagequeue.dead_letters", () => counters.DeadLetters, "{event}", "Events that became dead letters.");
        AddRetention(counters.Retention);
        AddDisk(gauges);
        Histogram<long> batchSize = Meter.CreateHistogram<long>(
            "messagequeue.batch.size", "{record}", "Records written and synced together.");
        Histogram<double> syncDuration = Meter.CreateHistogram<double>(
            "messagequeue.sync.duration", "s", "Time to write and sync a batch.");
        counters.Synced = (records, time) =>
        {
            batchSize.Record(records);
            syncDuration.Record(time.TotalSeconds);
        };
    }

    /// <summary>The meter.</summary>
    public Meter Meter { get; }

    /// <inheritdoc />
    public void Dispose() => Meter.Dispose();

    private void AddRetention(RetentionCounts counts)
    {
        Meter.CreateObservableCounter(
            "messagequeue.retention.events", () => counts.LostEvents, "{event}",
            "Pending events that retention dropped, once per session.");
        Meter.CreateObservableCounter(
            "messagequeue.retention.bytes", () => counts.DroppedBytes, "By", "Bytes of the log that retention dropped.");
        Meter.CreateObservableCounter(
            "messagequeue.snapshot.failures", () => counts.SnapshotFailures, "{snapshot}", "Snapshots that failed.");
        Histogram<double> duration = Meter.CreateHistogram<double>(
            "messagequeue.snapshot.duration", "s", "Time to make a snapshot, reading the log included.");
        counts.SnapshotMade = time => duration.Record(time.TotalSeconds);
    }

    private void AddDisk(ServerGauges gauges)
    {
        Meter.CreateObservableUpDownCounter(
            "messagequeue.accepting", () => gauges.IsAccepting() ? 1 : 0, null,
            "1 while events are accepted, 0 while they are refused because the disk is full or the server failed.");
        Meter.CreateObservableUpDownCounter(
            "messagequeue.disk.free", () => FreeBytes(gauges), "By", "Bytes free on the disk of the log, without the reserve.");
        Meter.CreateObservableUpDownCounter(
            "messagequeue.log.damaged", gauges.DamagedFiles, "{file}", "Files of the log that are known to be damaged.");
        Meter.CreateObservableCounter(
            "messagequeue.scrub.bytes", gauges.CheckedBytes, "By", "Bytes of closed files of the log that were checked in the background.");
    }

    private static IEnumerable<Measurement<long>> FreeBytes(ServerGauges gauges) =>
        gauges.FreeBytes() is { } free ? [new Measurement<long>(free)] : [];

    private static double OldestOwed(ServerCounters counters, ServerGauges gauges)
    {
        counters.WantsOwed = true;
        return counters.OldestOwedTime is > 0 and long stored ? Math.Max(0, gauges.Now().ToUnixTimeMilliseconds() - stored) / 1000.0 : 0;
    }

    private static long Owed(ServerCounters counters)
    {
        counters.WantsOwed = true;
        return counters.Owed;
    }
}
