namespace MessageQueue.Pipeline;

/// <summary>
/// The outputs that were written to in this round of the apply loop. Each is flushed once, at the end of the round. For the apply loop
/// only.
/// </summary>
internal sealed class FlushList
{
    private readonly List<IFlushable> _outputs = [];

    /// <summary>Adds an output to flush at the end of the round. An output adds itself once per round.</summary>
    public void Add(IFlushable output) => _outputs.Add(output);

    /// <summary>Flushes all outputs and clears the list.</summary>
    public void FlushAll()
    {
        foreach (IFlushable output in _outputs)
        {
            output.Flush();
        }

        _outputs.Clear();
    }
}
