using MessageQueue.State;

namespace MessageQueue.Handlers.Durable;

/// <summary>An event of a durable handler that is not finished.</summary>
/// <param name="storedEvent">The event.</param>
/// <param name="redelivered">Whether an earlier run of the server may have begun it.</param>
/// <param name="starts">How often the log says that its handler began again.</param>
internal sealed class DurableEvent(StoredEvent storedEvent, bool redelivered, int starts)
{
    private readonly TaskCompletionSource _skipped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _ended;

    /// <summary>The event.</summary>
    public StoredEvent Event { get; } = storedEvent;

    /// <summary>Whether an earlier run of the server may have begun it.</summary>
    public bool Redelivered { get; } = redelivered;

    /// <summary>
    /// Attempts that earlier runs of the server may have made. A session's events are handled one after the other, so that only the first
    /// of those left over can have been begun without a record.
    /// </summary>
    public int EarlierAttempts => starts + (IsFirstOfItsSender ? 1 : 0);

    /// <summary>Whether it is the first that was left over of its sender.</summary>
    public bool IsFirstOfItsSender { get; set; }

    /// <summary>Completes when nobody waits for its handler any more.</summary>
    public Task Skipped => _skipped.Task;

    /// <summary>Whether its end has begun.</summary>
    public bool HasEnded => Volatile.Read(ref _ended) != 0;

    /// <summary>Whether the caller is the first to end it, and has to.</summary>
    public bool TryEnd() => Interlocked.Exchange(ref _ended, 1) == 0;

    /// <summary>Waits for its handler no more.</summary>
    public void Skip() => _skipped.TrySetResult();
}
