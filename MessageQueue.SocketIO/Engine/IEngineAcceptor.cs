namespace MessageQueue.SocketIO.Engine;

/// <summary>Makes the handlers of Engine.IO connections. Thread-safe.</summary>
internal interface IEngineAcceptor
{
    /// <summary>
    /// Returns the handler of a new connection. The connection can be written to at once. Its handshake is written already; no message has
    /// been read from it.
    /// </summary>
    IEngineHandler Accept(EngineConnection connection);
}
