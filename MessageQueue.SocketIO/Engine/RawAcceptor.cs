namespace MessageQueue.SocketIO.Engine;

/// <summary>Gives every connection to the app's handler, without Socket.IO.</summary>
internal sealed class RawAcceptor(Func<EngineIOConnection, EngineIOMessage, ValueTask> onMessage) : IEngineAcceptor
{
    /// <inheritdoc />
    public IEngineHandler Accept(EngineConnection connection) => new RawHandler(connection, onMessage);
}
