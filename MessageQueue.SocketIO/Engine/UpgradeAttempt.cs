using MessageQueue.Protocol;

namespace MessageQueue.SocketIO.Engine;

/// <summary>The WebSocket that a client of polling tries, if it does: one at a time. Thread-safe.</summary>
internal sealed class UpgradeAttempt(EngineServer server)
{
    private Attempt? _current;

    /// <summary>Begins. Returns false if another WebSocket is being tried.</summary>
    public bool TryBegin(WebSocketTransport transport) =>
        Interlocked.CompareExchange(ref _current, new Attempt(transport, server.Clock.GetTimestamp()), null) is null;

    /// <summary>Notes that it is over.</summary>
    public void End() => Volatile.Write(ref _current, null);

    /// <summary>Closes the WebSocket that is being tried.</summary>
    public void Close(CloseReason reason) => Volatile.Read(ref _current)?.Transport.Close(reason);

    /// <summary>Closes a WebSocket that is tried for too long. Returns whether there is one.</summary>
    public bool CloseIfLate(long now)
    {
        bool isLate = Volatile.Read(ref _current) is { } current
            && server.Clock.GetElapsedTime(current.StartedAt, now) >= server.Options.UpgradeTimeout;
        if (isLate)
        {
            Close(CloseReason.BadPacket with { Text = "the upgrade took too long" });
        }

        return isLate;
    }

    private sealed record Attempt(WebSocketTransport Transport, long StartedAt);
}
