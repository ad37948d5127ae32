namespace MessageQueue.SocketIO;

/// <summary>A message of Engine.IO.</summary>
/// <param name="Data">Its content; text is UTF-8. A message from a client is valid until the handler's task completes.</param>
/// <param name="IsBinary">Whether it is binary.</param>
public readonly record struct EngineIOMessage(ReadOnlyMemory<byte> Data, bool IsBinary);
