namespace MessageQueue.SocketIO.Engine;

/// <summary>A WebSocket that a client tries.</summary>
internal sealed record UpgradeAttempt(WebSocketTransport Transport, long StartedAt)
{
    /// <summary>Whether it has taken too long.</summary>
    public bool IsOver(long now, EngineServer server) => server.Clock.GetElapsedTime(StartedAt, now) >= server.Options.UpgradeTimeout;
}
