using System.Diagnostics.Metrics;

namespace MessageQueue.Routing;

/// <summary>What is measured: one meter, <c>MessageQueue</c>, for all servers of the process.</summary>
internal static class Instruments
{
    private static readonly Meter Meter = new("MessageQueue");

    /// <summary><c>messagequeue.dead_letters</c>: events that were put aside because a session got them too often, by <c>namespace</c>.</summary>
    public static readonly Counter<long> DeadLetters =
        Meter.CreateCounter<long>("messagequeue.dead_letters", "{event}", "Events put aside because a session got them too often.");
}
