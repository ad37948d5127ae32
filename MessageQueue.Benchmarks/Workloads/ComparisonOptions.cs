namespace MessageQueue.Benchmarks.Workloads;

/// <summary>How long and how large a comparison is.</summary>
internal sealed record ComparisonOptions
{
    /// <summary>How often everything is measured.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>How old a server is at the cold measurement. It is under load from its start on.</summary>
    public TimeSpan Cold { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How old a server is at the warm measurement.</summary>
    public TimeSpan Warm { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a warm measurement takes. A cold one takes at most two seconds, because the server warms up meanwhile.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many connections receive in the fan-out.</summary>
    public int Receivers { get; init; } = 500;

    /// <summary>How many deliveries a second the latency of the fan-out is measured at; 0 for half of each peer's own rate.</summary>
    public int LatencyRate { get; init; }

    /// <summary>How many connections are opened to measure what an idle one costs.</summary>
    public int Connections { get; init; } = 5000;

    /// <summary>How many events are kept for a client that is away.</summary>
    public int Backlog { get; init; } = 100_000;

    /// <summary>How many events are stored when the server is killed.</summary>
    public int Stored { get; init; } = 200_000;

    /// <summary>The cores of the server, as taskset takes them.</summary>
    public string ServerCores { get; init; } = "0";

    /// <summary>The time of a cold measurement.</summary>
    public TimeSpan ColdWindow => Window < TimeSpan.FromSeconds(2) ? Window : TimeSpan.FromSeconds(2);
}
