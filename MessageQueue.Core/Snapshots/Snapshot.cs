using MessageQueue.State;
using MessageQueue.Storage;

namespace MessageQueue.Snapshots;

/// <summary>A snapshot that was read.</summary>
/// <param name="State">The state. Its sequence is <see cref="ServerState.Head"/>.</param>
/// <param name="Gone">What the log may have deleted by the time this snapshot was the newest.</param>
internal readonly record struct Snapshot(ServerState State, IReadOnlyList<SequenceRange> Gone);
