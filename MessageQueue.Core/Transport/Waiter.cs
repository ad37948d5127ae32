namespace MessageQueue.Transport;

/// <summary>
/// A moment that some may wait for. Costs nothing while nobody does. Mutable, and to be used under its owner's lock only.
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

    /// <summary>Lets go all that wait. They go on elsewhere, not under the lock.</summary>
    public void Release()
    {
        _source?.SetResult();
        _source = null;
    }
}
