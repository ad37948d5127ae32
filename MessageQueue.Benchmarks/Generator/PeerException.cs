namespace MessageQueue.Benchmarks.Generator;

/// <summary>A server did not do what the comparison expects of it, so its figure is missing.</summary>
internal sealed class PeerException(string message) : Exception(message);
