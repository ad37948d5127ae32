namespace MessageQueue.Handlers;

/// <summary>
/// Limits the total size of the answers that are kept for clients that repeat an event. Beyond the limit, the oldest answers of all
/// sessions are forgotten. Thread-safe.
/// </summary>
internal sealed class KeptAnswers(long maxBytes)
{
    // The memory that an answer takes in addition to its data: the object, its places in lists, its reference.
    private const int Overhead = 512;

    private readonly Lock _lock = new();
    private readonly LinkedList<KeptAnswer> _order = [];
    private long _bytes;

    /// <summary>The size of all kept answers, in bytes.</summary>
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

    /// <summary>
    /// Keeps an answer. Call it without holding a lock: it may make other owners forget answers, which takes their locks.
    /// </summary>
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
                Unlink(oldest.Value);
            }
        }

        foreach (KeptAnswer oldest in forgotten ?? [])
        {
            oldest.Forget();
        }
    }

    /// <summary>Stops keeping an answer.</summary>
    public void Remove(KeptAnswer answer)
    {
        lock (_lock)
        {
            if (answer.Node is not null)
            {
                Unlink(answer);
            }
        }
    }

    private void Unlink(KeptAnswer answer)
    {
        _order.Remove(answer.Node!);
        answer.Node = null;
        _bytes -= WeightOf(answer);
    }

    private static int WeightOf(KeptAnswer answer) => answer.Length + Overhead;
}
