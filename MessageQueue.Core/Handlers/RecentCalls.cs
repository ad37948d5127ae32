using MessageQueue.Connections;

namespace MessageQueue.Handlers;

/// <summary>
/// Keeps the calls of one session by their references, so that a repeated call waits for the running one or gets its kept answer. They are
/// kept in memory: a restart forgets them. Beyond the limits of the session and of all sessions together, the oldest are forgotten first. A
/// call that failed is not kept: repeating it runs the handler again. Thread-safe.
/// </summary>
internal sealed class RecentCalls(KeptAnswers kept)
{
    // The protocol promises this number of references. The bytes limit the memory that one session may cost.
    private const int MaxCount = 1024;
    private const int MaxBytes = 256 << 10;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<HandlerCall>?> _running = new(StringComparer.Ordinal);
    private readonly Dictionary<string, KeptAnswer> _answers = new(StringComparer.Ordinal);
    private readonly Queue<KeptAnswer> _order = new();
    private int _bytes;

    /// <summary>
    /// Returns whether a call is the first with its reference, so its handler must run. Otherwise this answers the call: now from a kept
    /// answer, or together with the call that is running.
    /// </summary>
    public bool TryBegin(HandlerCall call, string reference)
    {
        HandlerResult outcome;
        lock (_lock)
        {
            if (_answers.TryGetValue(reference, out KeptAnswer? answer))
            {
                outcome = answer.Outcome;
            }
            else if (_running.TryGetValue(reference, out List<HandlerCall>? joined))
            {
                (joined ??= []).Add(call);
                _running[reference] = joined;
                return false;
            }
            else
            {
                _running.Add(reference, null);
                return true;
            }
        }

        outcome.AnswerTo(call, null, duplicate: true);
        return false;
    }

    /// <summary>Keeps the result of the first call, and answers the calls that wait for it.</summary>
    public void Complete(string reference, HandlerResult outcome)
    {
        KeptAnswer? answer = outcome.Error is null ? new KeptAnswer(reference, outcome, Forget) : null;
        List<KeptAnswer> displaced = [];
        List<HandlerCall>? joined;
        lock (_lock)
        {
            _running.Remove(reference, out joined);
            if (answer is not null)
            {
                _answers[reference] = answer;
                _order.Enqueue(answer);
                _bytes += outcome.Data.Json.Length;
                Shrink(displaced);
            }
        }

        // Without the lock: this may forget an answer of another session, which takes the lock of that session.
        if (answer is not null)
        {
            kept.Add(answer);
        }

        displaced.ForEach(kept.Remove);
        foreach (HandlerCall call in joined ?? [])
        {
            outcome.AnswerTo(call, null, duplicate: true);
        }
    }

    // Called for the oldest answer of all sessions, which is also the oldest of its own session.
    private void Forget(KeptAnswer answer)
    {
        lock (_lock)
        {
            if (_answers.GetValueOrDefault(answer.Key) == answer)
            {
                _answers.Remove(answer.Key);
                _bytes -= answer.Length;
            }

            while (_order.TryPeek(out KeptAnswer? oldest) && _answers.GetValueOrDefault(oldest.Key) != oldest)
            {
                _order.Dequeue();
            }
        }
    }

    private void Shrink(List<KeptAnswer> displaced)
    {
        while (_order.Count > MaxCount || _bytes > MaxBytes)
        {
            KeptAnswer oldest = _order.Dequeue();
            if (_answers.GetValueOrDefault(oldest.Key) == oldest)
            {
                _answers.Remove(oldest.Key);
                _bytes -= oldest.Length;
                displaced.Add(oldest);
            }
        }
    }
}
