using MessageQueue.Client.Connections;

namespace MessageQueue.Client.Presence;

/// <summary>
/// Calls handlers, one at a time and not on the thread that receives. A handler that is slow misses steps: it is told the difference to
/// what it was told last, so at most one call of each handler waits.
/// </summary>
/// <param name="stateLock">The lock around what handlers are told.</param>
internal sealed class PresenceCalls(Lock stateLock)
{
    private readonly Queue<PresenceHandler> _waiting = [];
    private bool _isRunning;

    /// <summary>Calls the handler soon, if there is something to tell it. The caller holds the lock.</summary>
    public void Add(PresenceHandler handler)
    {
        if (handler.IsQueued)
        {
            return;
        }

        handler.IsQueued = true;
        _waiting.Enqueue(handler);
        if (!_isRunning)
        {
            _isRunning = true;
            _ = Task.Run(CallAll);
        }
    }

    private void CallAll()
    {
        while (true)
        {
            PresenceHandler? handler;
            RoomPresence? news;
            lock (stateLock)
            {
                if (!_waiting.TryDequeue(out handler))
                {
                    _isRunning = false;
                    return;
                }

                handler.IsQueued = false;
                news = handler.Next();
            }

            if (news is not null)
            {
                Callbacks.Run(handler.Handler, news);
            }
        }
    }
}
