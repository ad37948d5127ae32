namespace MessageQueue.Transport;

/// <summary>
/// An event that any number of callers can wait for. Allocates nothing while nobody waits. Mutable, and used only under its owner's lock.
/// </summary>
internal struct Waiter
{
    private TaskCompletionSource? _source;

    /// <summary>Completes at the next <see cref="Release"/>.</summary>
    public Task WaitAsync()
    {
        _source ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
        return _source.Task;
    }

    /// <summary>Releases all waiting callers. They continue on other threads, not under the lock.</summary>
    public void Release()
    {
        _source?.SetResult();
        _source = null;
    }
}
