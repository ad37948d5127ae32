namespace MessageQueue.Pipeline;

/// <summary>A piece of work for the apply loop, with everything that it needs.</summary>
internal interface IApplyStep
{
    /// <summary>The cost, as the number of small steps that take as long.</summary>
    int Cost => 1;

    /// <summary>Runs the step. Called by the apply loop; must not block. An exception ends the server.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="number">The number of the <see cref="ApplyInput"/>.</param>
    void Apply(ApplyLoop loop, long number);

    /// <summary>
    /// Releases whoever waits for the step, because the loop has failed and <see cref="Apply"/> will not be called. Must not touch the
    /// state.
    /// </summary>
    void Abandon()
    {
    }
}
