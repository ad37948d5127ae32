namespace MessageQueue.Benchmarks.Report;

/// <summary>What one workload on one peer gave in one round.</summary>
/// <param name="Round">From 1 on.</param>
/// <param name="Workload">The workload's name.</param>
/// <param name="Peer">The peer's name.</param>
/// <param name="Figures">By the keys of the metrics.</param>
/// <param name="Problem">Why it has no figures; null if it has.</param>
internal sealed record Outcome(int Round, string Workload, string Peer, IReadOnlyDictionary<string, double> Figures, string? Problem);
