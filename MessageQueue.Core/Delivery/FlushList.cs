namespace MessageQueue.Delivery;

/// <summary>
/// The outputs that were written to in this round of the apply loop: each is flushed once, at the end. For the apply loop only.
/// </summary>
internal sealed class FlushList
{
    private readonly List<IFlushable> _outputs = [];

    /// <summary>Has an output flushed at the end of the round. An output adds itself once a round.</summary>
    public void Add(IFlushable output) => _outputs.Add(output);

    /// <summary>Flushes them.</summary>
    public void FlushAll()
    {
        foreach (IFlushable output in _outputs)
        {
            output.Flush();
        }

        _outputs.Clear();
    }
}
