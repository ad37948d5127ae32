namespace MessageQueue.Handlers;

/// <summary>
/// The total bound on the answers that are kept for clients that repeat themselves: beyond it the oldest of all are forgotten, whosever
/// they are. Thread-safe.
/// </summary>
internal sealed class KeptAnswers(long maxBytes)
{
    // What an answer takes in memory beside its data: itself, its places in lists, its reference.
    private const int Overhead = 512;

    private readonly Lock _lock = new();
    private readonly LinkedList<KeptAnswer> _order = [];
    private long _bytes;

    /// <summary>What is kept now, in bytes.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
            {
                return _bytes;
            }
        }
    }

    /// <summary>Keeps an answer. Call without a lock: others may be forgotten for it.</summary>
    public void Add(KeptAnswer answer)
    {
        List<KeptAnswer>? forgotten = null;
        lock (_lock)
        {
            answer.Node = _order.AddLast(answer);
            _bytes += WeightOf(answer);
            while (_bytes > maxBytes && _order.First is { } oldest)
            {
                (forgotten ??= []).Add(oldest.Value);
                TakeOut(oldest.Value);
            }
        }

        foreach (KeptAnswer oldest in forgotten ?? [])
        {
            oldest.Forget();
        }
    }

    /// <summary>An answer is not kept any more.</summary>
    public void Remove(KeptAnswer answer)
    {
        lock (_lock)
        {
            if (answer.Node is not null)
            {
                TakeOut(answer);
            }
        }
    }

    private void TakeOut(KeptAnswer answer)
    {
        _order.Remove(answer.Node!);
        answer.Node = null;
        _bytes -= WeightOf(answer);
    }

    private static int WeightOf(KeptAnswer answer) => answer.Length + Overhead;
}
