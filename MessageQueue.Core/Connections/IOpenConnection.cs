using MessageQueue.Protocol;

namespace MessageQueue.Connections;

/// <summary>
/// A client's connection to this server, of any kind. It counts against the limit of connections, and is closed when the server stops.
/// </summary>
internal interface IOpenConnection
{
    /// <summary>
    /// Closes it and releases whoever waits for it: nothing more will be answered. Called on any thread; must not block or throw.
    /// </summary>
    void ShutDown(CloseReason reason);
}
