using MessageQueue.Sessions;

namespace MessageQueue.Routing;

/// <summary>What was read from the log.</summary>
/// <param name="Events">The events, oldest first.</param>
/// <param name="Missing">Sequences that were asked for and that the log does not hold.</param>
internal sealed record FetchedEvents(StoredEvent[] Events, long[] Missing);
