namespace MessageQueue.Protocol;

/// <summary>The data of an event, or of the answer to one.</summary>
/// <param name="Json">JSON text; empty for no data.</param>
/// <param name="HasSeveralArguments">Whether the text is an array whose entries are the arguments. If not, the whole text is the only
/// argument.</param>
internal readonly record struct EventData(ReadOnlyMemory<byte> Json, bool HasSeveralArguments);
