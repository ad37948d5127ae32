using MessageQueue.Connections;

namespace MessageQueue.Handlers.Durable;

/// <summary>
/// Keeps the calls that wait for the results of stored events, and the results for clients that repeat an event. For the apply loop only.
/// </summary>
internal sealed class DurableAnswers(KeptAnswers kept)
{
    // The results that a repetition may still get. For older ones, the client gets an acknowledgement without data.
    private const int MaxKept = 4096;
    private const int MaxKeptBytes = 1 << 20;

    private readonly Dictionary<long, List<(HandlerCall Call, bool Duplicate)>> _waiting = [];
    private readonly Dictionary<long, KeptAnswer> _kept = [];
    private readonly Queue<long> _order = new();
    private int _keptBytes;

    /// <summary>Adds a call that is answered when its event is finished.</summary>
    public void Wait(long number, HandlerCall call, bool duplicate)
    {
        if (!_waiting.TryGetValue(number, out List<(HandlerCall, bool)>? calls))
        {
            _waiting.Add(number, calls = []);
        }

        calls.Add((call, duplicate));
    }

    /// <summary>Answers a repetition of an event that is finished.</summary>
    public void Repeat(long number, HandlerCall call)
    {
        if (_kept.TryGetValue(number, out KeptAnswer? answer))
        {
            answer.Outcome.AnswerTo(call, number, duplicate: true);
        }
        else
        {
            call.Answer(number, default, duplicate: true);
        }
    }

    /// <summary>Answers the calls that wait for an event, and keeps the result. Called when the event is finished.</summary>
    public void Finish(long number, HandlerResult outcome)
    {
        if (_waiting.Remove(number, out List<(HandlerCall Call, bool Duplicate)>? calls))
        {
            foreach ((HandlerCall call, bool duplicate) in calls)
            {
                outcome.AnswerTo(call, number, duplicate);
            }
        }

        KeptAnswer answer = new(key: "", outcome, static answer => answer.DropData());
        _kept[number] = answer;
        kept.Add(answer);
        _order.Enqueue(number);
        _keptBytes += outcome.Data.Json.Length;
        while (_order.Count > MaxKept || _keptBytes > MaxKeptBytes)
        {
            _kept.Remove(_order.Dequeue(), out KeptAnswer? oldest);
            _keptBytes -= oldest!.Length;
            kept.Remove(oldest);
        }
    }
}
