using System.Diagnostics.Metrics;

namespace MessageQueue.Routing;

/// <summary>What is measured: one meter, <c>MessageQueue</c>, for all servers of the process.</summary>
internal static class Instruments
{
    private static readonly Meter Meter = new("MessageQueue");

    /// <summary><c>messagequeue.retention.events</c>: events that retention took from sessions that had not acknowledged them, counted once per session.</summary>
    public static readonly Counter<long> LostEvents =
        Meter.CreateCounter<long>("messagequeue.retention.events", "{event}", "Events that retention took from sessions that had not acknowledged them.");

    /// <summary><c>messagequeue.retention.bytes</c>: bytes of the log that were let go of, whether or not anybody was owed something in them.</summary>
    public static readonly Counter<long> DroppedBytes =
        Meter.CreateCounter<long>("messagequeue.retention.bytes", "By", "Bytes of the log that were let go of.");

    /// <summary><c>messagequeue.snapshot.duration</c>: how long a snapshot took, reading the log included.</summary>
    public static readonly Histogram<double> SnapshotSeconds =
        Meter.CreateHistogram<double>("messagequeue.snapshot.duration", "s", "How long a snapshot took.");

    /// <summary><c>messagequeue.snapshot.failures</c>: snapshots that could not be made.</summary>
    public static readonly Counter<long> SnapshotFailures =
        Meter.CreateCounter<long>("messagequeue.snapshot.failures", "{snapshot}", "Snapshots that could not be made.");

    /// <summary><c>messagequeue.dead_letters</c>: events that were put aside because a session got them too often, by <c>namespace</c>.</summary>
    public static readonly Counter<long> DeadLetters =
        Meter.CreateCounter<long>("messagequeue.dead_letters", "{event}", "Events put aside because a session got them too often.");
}
