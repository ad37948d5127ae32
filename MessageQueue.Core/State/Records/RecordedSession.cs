namespace MessageQueue.State.Records;

/// <summary>A session that records name by its id.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Address">The name by which others know it.</param>
internal readonly record struct RecordedSession(string Namespace, string Address);
