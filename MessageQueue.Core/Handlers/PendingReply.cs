using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Handlers;

/// <summary>
/// The answers to an event that asked its receivers for answers: those that came, and the sessions that have not answered. The apply loop
/// fills it; the emitter reads it when the waiting is over.
/// </summary>
internal sealed class PendingReply
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(Session Session, EventData Data)> _received = [];
    private Dictionary<long, Session> _missing = [];

    /// <summary>Completes when all have answered.</summary>
    public Task Complete => _complete.Task;

    /// <summary>Sets the sessions that were asked. Called when the event is stored.</summary>
    public void Expect(Dictionary<long, Session> sessions)
    {
        lock (_lock)
        {
            _missing = sessions;
            CompleteIfDone();
        }
    }

    /// <summary>Adds an answer. Only the first answer of a session counts.</summary>
    public void Add(SessionState session, EventData data)
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

    /// <summary>Returns the answers that have come so far, and the sessions that have not answered.</summary>
    public (List<(Session Session, EventData Data)> Received, List<Session> Missing) Take()
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
