namespace MessageQueue.Pipeline;

/// <summary>Something that is done on the apply loop, with all that it needs.</summary>
internal interface IApplyStep
{
    /// <summary>How many small steps it takes as long as.</summary>
    int Cost => 1;

    /// <summary>Does it. Called by the apply loop; must not block, and what it throws ends the server.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="number">The number of the <see cref="ApplyInput"/>.</param>
    void Apply(ApplyLoop loop, long number);

    /// <summary>
    /// The loop has failed, and <see cref="Apply"/> will not be called: whoever waits for it must be released. The state must not be
    /// touched.
    /// </summary>
    void Abandon()
    {
    }
}
