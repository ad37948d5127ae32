using MessageQueue.State;

namespace MessageQueue.Handlers.Durable;

/// <summary>An unfinished event of a durable handler.</summary>
/// <param name="storedEvent">The event.</param>
/// <param name="redelivered">Whether an earlier run of the server may have begun to handle it.</param>
/// <param name="starts">The number of records in the log that say that its handler began again.</param>
internal sealed class DurableEvent(StoredEvent storedEvent, bool redelivered, int starts)
{
    private readonly TaskCompletionSource _skipped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _ended;

    /// <summary>The event.</summary>
    public StoredEvent Event { get; } = storedEvent;

    /// <summary>Whether an earlier run of the server may have begun to handle it.</summary>
    public bool Redelivered { get; } = redelivered;

    /// <summary>
    /// The number of attempts that earlier runs of the server may have made. The first attempt of an event writes no record. A session's
    /// events are handled one after the other, so only the first of its unfinished events can have had such an attempt.
    /// </summary>
    public int EarlierAttempts => starts + (IsFirstOfItsSender ? 1 : 0);

    /// <summary>Whether it is the first event of its sender that an earlier run left unfinished.</summary>
    public bool IsFirstOfItsSender { get; set; }

    /// <summary>Completes when the event is skipped or goes to the dead letters, so that its handler is not waited for any more.</summary>
    public Task Skipped => _skipped.Task;

    /// <summary>Whether a caller has begun to end it.</summary>
    public bool HasEnded => Volatile.Read(ref _ended) != 0;

    /// <summary>Returns true to the first caller only, which must then end the event.</summary>
    public bool TryEnd() => Interlocked.Exchange(ref _ended, 1) == 0;

    /// <summary>Completes <see cref="Skipped"/>.</summary>
    public void Skip() => _skipped.TrySetResult();
}
