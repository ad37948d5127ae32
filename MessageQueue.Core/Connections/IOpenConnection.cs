using MessageQueue.Protocol;

namespace MessageQueue.Connections;

/// <summary>
/// A connection of a client to this server, whatever it carries: one that counts against the limit of connections, and that a stopping
/// server closes.
/// </summary>
internal interface IOpenConnection
{
    /// <summary>
    /// Closes it, and releases whoever waits on it: nothing more will be answered. Called on any thread; must not block or throw.
    /// </summary>
    void ShutDown(CloseReason reason);
}
