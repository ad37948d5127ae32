using MessageQueue.Transport;

namespace MessageQueue.Tests.Transport;

/// <summary>The server's side of a test connection.</summary>
internal sealed record AcceptedConnection(WebSocketConnection Connection, RecordingHandler Handler, Task Ended);
