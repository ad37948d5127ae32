namespace MessageQueue.Pipeline;

/// <summary>An output that buffers what is written to it in a round of the apply loop.</summary>
internal interface IFlushable
{
    /// <summary>Starts to send what was buffered. Called by the apply loop; must not block or throw.</summary>
    void Flush();
}
