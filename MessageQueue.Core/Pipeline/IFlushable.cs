namespace MessageQueue.Pipeline;

/// <summary>An output that buffers what is written to it in a round of the apply loop.</summary>
internal interface IFlushable
{
    /// <summary>Reports that the round is over: what is written from now on needs another flush. Called by the apply loop.</summary>
    void EndRound();

    /// <summary>Starts to send what was buffered. Called on any thread after <see cref="EndRound"/>; must not block or throw.</summary>
    void Flush();
}
