using MessageQueue.Benchmarks.Generator;
using MessageQueue.Benchmarks.Processes;

namespace MessageQueue.Benchmarks.Workloads;

/// <summary>A client that goes away, and what is published for it meanwhile.</summary>
internal static class Away
{
    // As many as the publishers of the other workloads have together.
    private const int InFlight = 512;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    // Until this time after its connection has closed, a server may still take a client for connected.
    private static readonly TimeSpan NoticeTime = TimeSpan.FromMilliseconds(200);

    /// <summary>Connects a client, disconnects it, and publishes so many events for it. Returns when all are acknowledged.</summary>
    public static void Publish(WorkloadRun run, RunningServer server, string room, string name, int count)
    {
        run.Dialect.ConnectDurable(server.Port, room, name).Dispose();
        Thread.Sleep(NoticeTime);
        using LoadLoop loop = new();
        string publisherName = $"for-{name}";
        Connection connection = run.Dialect.ConnectPublisher(server.Port, publisherName);
        loop.Add(connection);
        Publisher publisher = new(connection, run.Dialect.Publish(room, publisherName), InFlight, () => count);
        loop.AddSender(connection, _ => publisher.Fill());
        loop.RunUntil(() => publisher.Acknowledged >= count, Limit, "the acknowledgement of all events");
    }
}
