namespace MessageQueue.Delivery;

/// <summary>An output that gathers what is written to it in a round of the apply loop.</summary>
internal interface IFlushable
{
    /// <summary>Begins to send what was gathered. Called by the apply loop; must not block or throw.</summary>
    void Flush();
}
