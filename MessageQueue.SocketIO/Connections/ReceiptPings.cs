using MessageQueue.SocketIO.Engine;

namespace MessageQueue.SocketIO.Connections;

/// <summary>
/// Decides when a client is asked, by a ping, what it has received, and tells the namespaces which of the pings was answered. Thread-safe
/// where a member says so.
/// </summary>
/// <param name="engine">The connection.</param>
/// <param name="dialect">The options and the clock.</param>
/// <param name="namespaces">What the client has joined.</param>
internal sealed class ReceiptPings(IEngineConnection engine, SocketIODialect dialect, JoinedNamespaces namespaces)
{
    private volatile bool _isOpen;
    private volatile bool _wantsPing;
    private long _openSince;
    private long _pings;
    private long _pongs;

    /// <summary>
    /// Notes that something was written whose receipt has to be proven. For the apply loop only.
    /// </summary>
    /// <param name="isMuch">Whether it is so much that the client is asked at once.</param>
    public void Wrote(bool isMuch)
    {
        _isOpen = true;
        if (isMuch && !_wantsPing && !engine.TryPing())
        {
            _wantsPing = true;
        }
    }

    /// <summary>Notes that a ping follows. Called on any thread.</summary>
    public void OnPinging()
    {
        // The answer of one ping may be handled while the next is written, so each is told apart.
        long ping = Interlocked.Increment(ref _pings);
        _isOpen = false;
        Volatile.Write(ref _openSince, 0);
        foreach (NamespaceConnection ns in namespaces.Items)
        {
            ns.Receipts.Mark(ping);
        }
    }

    /// <summary>Notes that the client has answered a ping. Called where its packets are handled.</summary>
    public void OnPong()
    {
        bool isOpen = false;
        _pongs++;
        foreach (NamespaceConnection ns in namespaces.Items)
        {
            ns.OnPong(_pongs);
            isOpen |= ns.Receipts.IsOpen;
        }

        if (isOpen)
        {
            _isOpen = true;
        }

        if (_wantsPing)
        {
            _wantsPing = false;
            engine.TryPing();
        }
    }

    /// <summary>Asks if something has been open for long enough. Called on any thread.</summary>
    /// <param name="now">The timestamp of the server's clock.</param>
    public void OnTick(long now)
    {
        if (!_isOpen)
        {
            return;
        }

        // The tick that first sees it begins the time, so that writing an event needs no clock.
        long since = Interlocked.CompareExchange(ref _openSince, now, 0);
        if (since != 0 && dialect.TimeProvider.GetElapsedTime(since, now) >= dialect.Options.ReceiptInterval)
        {
            engine.TryPing();
        }
    }
}
