namespace MessageQueue.Pipeline;

/// <summary>
/// The outputs that were written to in this round of the apply loop. Each is flushed once, at the end of the round. Where they are many,
/// other threads help: a send costs a few microseconds, nearly all of it in the system. For the apply loop only.
/// </summary>
/// <remarks>
/// The last output is flushed first. It is that of a sender whose answers came after the events: while the events leave, it can send on.
/// All threads take outputs from the end of one list, a few at a time, until none are left. The apply loop does not wait for those that
/// the others still flush, and no output depends on which thread flushes it: an output keeps its own order.
/// </remarks>
/// <param name="threads">How many threads flush at the same time at most, the apply loop's included.</param>
internal sealed class FlushList(int threads) : IThreadPoolWorkItem
{
    // Waking another thread costs as much as one or two sends. So it gets at least a few parts, of which each is some tens of microseconds.
    private const int OutputsPerThread = 32;
    private const int OutputsPerPart = 8;

    private List<IFlushable> _outputs = [];
    private List<IFlushable> _shared = [];

    // How many outputs at the beginning of the shared list nobody has taken. All threads change it. Only who has taken some reads the list.
    private int _left;
    private int _helping;

    /// <summary>Adds an output to flush at the end of the round. An output adds itself once per round.</summary>
    public void Add(IFlushable output) => _outputs.Add(output);

    /// <summary>Flushes all outputs and clears the list. Other threads may still flush the last ones when it returns.</summary>
    public void FlushAll()
    {
        foreach (IFlushable output in _outputs)
        {
            output.EndRound();
        }

        // Whoever still helps with the last round holds its list, and may do so for long if the machine has other work.
        bool isFree = Volatile.Read(ref _helping) == 0;
        if (isFree)
        {
            _shared.Clear();
        }

        int helpers = Math.Min(threads, _outputs.Count / OutputsPerThread) - 1;
        if (helpers > 0 && isFree)
        {
            Share(helpers);
            return;
        }

        for (int i = _outputs.Count - 1; i >= 0; i--)
        {
            _outputs[i].Flush();
        }

        _outputs.Clear();
    }

    /// <summary>Helps to flush a round.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        Interlocked.Increment(ref _helping);
        FlushParts();
        Interlocked.Decrement(ref _helping);
    }

    private void Share(int helpers)
    {
        (_outputs, _shared) = (_shared, _outputs);
        Volatile.Write(ref _left, _shared.Count);
        for (int i = 0; i < helpers; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        FlushParts();
    }

    private void FlushParts()
    {
        while (true)
        {
            int end = Interlocked.Add(ref _left, -OutputsPerPart) + OutputsPerPart;
            if (end <= 0)
            {
                return;
            }

            for (int i = end - 1; i >= Math.Max(0, end - OutputsPerPart); i--)
            {
                _shared[i].Flush();
            }
        }
    }
}
