using MessageQueue.State;

namespace MessageQueue.Handlers;

/// <summary>
/// An event whose receivers were asked for an answer: who was, and what came. Filled by the apply loop, read when it is over.
/// </summary>
internal sealed class PendingReply
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(Session Session, ReadOnlyMemory<byte> Data)> _received = [];
    private Dictionary<long, Session> _missing = [];

    /// <summary>Completes when all have answered.</summary>
    public Task Complete => _complete.Task;

    /// <summary>The event was stored; these were asked.</summary>
    public void Expect(Dictionary<long, Session> sessions)
    {
        lock (_lock)
        {
            _missing = sessions;
            CompleteIfDone();
        }
    }

    /// <summary>One has answered; its first answer counts.</summary>
    public void Add(SessionState session, ReadOnlyMemory<byte> data)
    {
        lock (_lock)
        {
            if (_missing.Remove(session.Id, out Session? answered))
            {
                _received.Add((answered, data));
                CompleteIfDone();
            }
        }
    }

    /// <summary>What has come so far, and who has not answered.</summary>
    public (List<(Session Session, ReadOnlyMemory<byte> Data)> Received, List<Session> Missing) Take()
    {
        lock (_lock)
        {
            return ([.. _received], [.. _missing.Values]);
        }
    }

    private void CompleteIfDone()
    {
        if (_missing.Count == 0)
        {
            _complete.TrySetResult();
        }
    }
}
