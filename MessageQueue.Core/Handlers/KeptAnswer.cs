namespace MessageQueue.Handlers;

/// <summary>An answer that is kept for a client that repeats an event.</summary>
/// <param name="key">The key that its owner finds it by.</param>
/// <param name="outcome">The answer.</param>
/// <param name="forget">Removes the answer from its owner. Called on any thread when there is no more room for it.</param>
internal sealed class KeptAnswer(string key, HandlerResult outcome, Action<KeptAnswer> forget)
{
    private sealed record Content(HandlerResult Outcome);

    private volatile Content _content = new(outcome);

    /// <summary>The key that its owner finds it by.</summary>
    public string Key => key;

    /// <summary>The answer.</summary>
    public HandlerResult Outcome => _content.Outcome;

    /// <summary>The length of its data when it was new.</summary>
    public int Length { get; } = outcome.Data.Json.Length;

    /// <summary>Its place in the list of <see cref="KeptAnswers"/>, which alone uses it; null when it is not kept.</summary>
    public LinkedListNode<KeptAnswer>? Node { get; set; }

    /// <summary>Drops the data, to free memory. Keeps the error, if there is one.</summary>
    public void DropData() => _content = new Content(Outcome with { Data = default });

    /// <summary>Removes the answer from its owner.</summary>
    public void Forget() => forget(this);
}
