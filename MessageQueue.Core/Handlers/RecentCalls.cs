using MessageQueue.Connections;

namespace MessageQueue.Handlers;

/// <summary>
/// The calls of one session by their references, so that a repeated one joins the running call or gets its kept answer. In memory: a
/// restart forgets them, and so do the limits, of the session and of all together, oldest first. A call that failed is not kept: repeating
/// it runs the handler again. Thread-safe.
/// </summary>
internal sealed class RecentCalls(KeptAnswers kept)
{
    // The protocol's number for references; the bytes are what one session may cost beside.
    private const int MaxCount = 1024;
    private const int MaxBytes = 256 << 10;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<HandlerCall>?> _running = new(StringComparer.Ordinal);
    private readonly Dictionary<string, KeptAnswer> _answers = new(StringComparer.Ordinal);
    private readonly Queue<KeptAnswer> _order = new();
    private int _bytes;

    /// <summary>Whether this is the first of its kind, which has to run. Otherwise it is answered here, now or when the first is.</summary>
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

    /// <summary>The first has come to this.</summary>
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
                _bytes += outcome.Data.Length;
                Shrink(displaced);
            }
        }

        // Without the lock: there may be no room for another session's oldest, whose lock is taken then.
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

    // The oldest of all are the oldest of their session.
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
