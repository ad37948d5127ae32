namespace MessageQueue.Handlers;

/// <summary>An answer that is kept for a client that repeats itself.</summary>
/// <param name="key">What its owner knows it by.</param>
/// <param name="outcome">The answer.</param>
/// <param name="forget">Called, on any thread, when there is no room for it any more.</param>
internal sealed class KeptAnswer(string key, HandlerResult outcome, Action<KeptAnswer> forget)
{
    private sealed record Content(HandlerResult Outcome);

    private volatile Content _content = new(outcome);

    /// <summary>What its owner knows it by.</summary>
    public string Key => key;

    /// <summary>The answer.</summary>
    public HandlerResult Outcome => _content.Outcome;

    /// <summary>The length of its data when it was new.</summary>
    public int Length { get; } = outcome.Data.Length;

    /// <summary>Its place among all; null when it is not kept. Belongs to <see cref="KeptAnswers"/>.</summary>
    public LinkedListNode<KeptAnswer>? Node { get; set; }

    /// <summary>Lets go of its data. That it failed stays known.</summary>
    public void DropData() => _content = new Content(Outcome with { Data = default });

    /// <summary>Has its owner forget it.</summary>
    public void Forget() => forget(this);
}
