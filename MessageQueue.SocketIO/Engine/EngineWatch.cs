using MessageQueue.Diagnostics;
using MessageQueue.Transport;

namespace MessageQueue.SocketIO.Engine;

/// <summary>
/// Watches the time of one connection: pings it, and ends it if its client does not answer, does not come back after the handshake of
/// polling, or takes too long to upgrade.
/// </summary>
/// <param name="connection">The connection.</param>
/// <param name="server">Its server.</param>
internal sealed class EngineWatch(EngineConnection connection, EngineServer server) : IWatchedConnection
{
    private readonly EngineLiveness _liveness = new(server.Options, server.Clock);
    private readonly long _openedAt = server.Clock.GetTimestamp();
    private long _progress;
    private bool _hasReturned;

    /// <inheritdoc />
    int IWatchedConnection.Slot { get; set; }

    /// <summary>Whether the client has not answered a ping in time, even if the timer has not found out yet.</summary>
    public bool IsLate => _liveness.IsLate(server.Clock.GetTimestamp());

    /// <summary>Notes that a ping is sent now. Returns false if one is unanswered.</summary>
    public bool TryPing() => _liveness.TryPing(server.Clock.GetTimestamp());

    /// <summary>Notes that the client answered. Returns false if there was nothing to answer.</summary>
    public bool TryAnswer() => _liveness.TryAnswer();

    /// <summary>Notes that the client has come back after the handshake.</summary>
    public void Returned() => _hasReturned = true;

    /// <inheritdoc />
    void IWatchedConnection.Check(long now)
    {
        if (connection.Upgrade.CloseIfLate(now))
        {
            connection.Polling?.Polls.SetProbed(false);
        }

        if (!_hasReturned && connection.Polling is not null
            && server.Clock.GetElapsedTime(_openedAt, now) >= server.Host.HandshakeTimeout)
        {
            connection.Abort();
        }
        else if (_liveness.IsLate(now))
        {
            DropUnlessBusy(now);
        }
        else if (_liveness.IsDue(now))
        {
            connection.TryPing();
        }

        connection.Handler.OnTick(now);
    }

    /// <summary>
    /// Drops a connection without a pong. While the server does not read from a client, it cannot see its pong; and a client that takes
    /// bytes is alive, even if the ping is behind them. The WebSocket's own heartbeat drops a client that takes nothing.
    /// </summary>
    private void DropUnlessBusy(long now)
    {
        (bool isReading, bool isSending, long progress) = connection.Output switch
        {
            WebSocketConnection webSocket => (webSocket.Input.IsReading, webSocket.Output.IsSending, webSocket.Output.Progress),
            PollingTransport { Polls: var polls, Posts: var posts } => (!posts.IsHandling, polls.IsSending, polls.Progress),
            _ => (true, false, 0L),
        };
        if (!isReading || (isSending && progress != _progress))
        {
            _progress = progress;
            _liveness.Extend(now);
            return;
        }

        TransportLog.DroppedDead(server.Host.Logger, connection.Id);
        connection.Abort();
    }
}
