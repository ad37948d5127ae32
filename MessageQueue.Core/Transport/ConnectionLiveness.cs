namespace MessageQueue.Transport;

/// <summary>
/// The heartbeat's view of one connection. The connection only counts reads and writes. The heartbeat reads the clock once per scan, not
/// once per message. Only the scan uses this class.
/// </summary>
internal sealed class ConnectionLiveness : IWatchedConnection
{
    private readonly WebSocketConnection _connection;
    private readonly ConnectionLimits _limits;
    private long _reads;
    private long _progress;
    private bool _wasSending;
    private bool _isPinged;
    private long _heardAt;
    private long _aliveAt;
    private long _takenAt;

    public ConnectionLiveness(WebSocketConnection connection, ConnectionLimits limits)
    {
        _connection = connection;
        _limits = limits;
        _heardAt = _aliveAt = _takenAt = limits.TimeProvider.GetTimestamp();
    }

    /// <inheritdoc />
    public int Slot { get; set; }

    /// <summary>Sends a ping if it is time, or drops the connection if it is dead.</summary>
    public void Check(long now)
    {
        ReceiveLoop input = _connection.Input;
        ConnectionOutput output = _connection.Output;
        long reads = input.Reads;
        long progress = output.Progress;
        bool sending = output.IsSending;

        if (reads != _reads)
        {
            _heardAt = _aliveAt = now;
            _isPinged = false;
        }
        else if (!input.IsReading || (_wasSending && progress != _progress))
        {
            // While the server does not read from a client, it cannot see its pongs. And a client that takes bytes for which a send had to
            // wait is alive, even if its pongs arrive much later.
            _aliveAt = now;
        }

        if (!sending || progress != _progress)
        {
            _takenAt = now;
        }

        (_reads, _progress, _wasSending) = (reads, progress, sending);
        bool idle = IsPast(_aliveAt, now, _limits.IdleTimeout);
        if ((idle && _isPinged) || IsPast(_takenAt, now, _limits.IdleTimeout))
        {
            _connection.DropDead();
        }
        else if (idle || IsPast(_heardAt, now, _limits.PingInterval))
        {
            // Always ping before dropping, even if the machine was asleep for longer than the timeout.
            _isPinged = true;
            _heardAt = now;
            output.Write(WebSocketFrame.Ping);
            output.Flush();
        }
    }

    private bool IsPast(long since, long now, TimeSpan time) =>
        time != Timeout.InfiniteTimeSpan && _limits.TimeProvider.GetElapsedTime(since, now) >= time;
}
