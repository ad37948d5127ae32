namespace MessageQueue.Handlers;

/// <summary>Counts the sessions whose handlers are running, so that a stop can wait for them. Thread-safe.</summary>
internal sealed class RunningHandlers
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _idle;
    private int _count;

    /// <summary>Counts a session whose handlers begin to run.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            _count++;
        }
    }

    /// <summary>Counts a session whose handlers have finished.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (--_count == 0)
            {
                _idle?.TrySetResult();
                _idle = null;
            }
        }
    }

    /// <summary>Completes when no handlers run.</summary>
    public Task WhenIdleAsync()
    {
        lock (_lock)
        {
            return _count == 0 ? Task.CompletedTask : (_idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }
}
