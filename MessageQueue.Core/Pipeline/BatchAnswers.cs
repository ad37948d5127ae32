using MessageQueue.State;

namespace MessageQueue.Pipeline;

/// <summary>
/// The outcomes of a batch that nobody has been told yet. Events wait until those of a run have been delivered, so that a sender that gets
/// its own event gets it before the answer. For the apply loop only.
/// </summary>
internal sealed class BatchAnswers
{
    private readonly List<Outcome> _outcomes = [];
    private int _told;

    /// <summary>Adds the outcome of the batch's next record.</summary>
    public void Add(in Outcome outcome) => _outcomes.Add(outcome);

    /// <summary>Tells what was added to those who wait for it.</summary>
    /// <param name="loop">The apply loop.</param>
    /// <param name="entries">The records of the batch.</param>
    public void Tell(ApplyLoop loop, ReadOnlySpan<CommittedBatch.Entry> entries)
    {
        for (; _told < _outcomes.Count; _told++)
        {
            Outcome outcome = _outcomes[_told];
            entries[_told].Command.Origin?.OnApplied(entries[_told].Command, outcome);

            // Only now, so that the client that asked for the end has its answer.
            if (outcome.Session is { IsEnded: true } ended)
            {
                loop.FanOut.End(ended);
                loop.Presence.Ended(ended);
            }
        }
    }

    /// <summary>Forgets the batch.</summary>
    public void Clear()
    {
        _outcomes.Clear();
        _told = 0;
    }
}
