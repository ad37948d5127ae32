namespace MessageQueue.Handlers;

/// <summary>
/// Runs the app's code for one session: one piece of work at a time, in order, on the thread pool. Costs nothing while there is no work.
/// Thread-safe.
/// </summary>
internal sealed class SerialQueue(RunningHandlers running) : IThreadPoolWorkItem
{
    private readonly Lock _lock = new();
    private Queue<Func<Task>>? _waiting;
    private bool _isRunning;

    /// <summary>Adds work. The work must not throw.</summary>
    public void Enqueue(Func<Task> work)
    {
        lock (_lock)
        {
            (_waiting ??= new Queue<Func<Task>>()).Enqueue(work);
            if (_isRunning)
            {
                return;
            }

            _isRunning = true;
            running.Begin();
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        while (TryTake() is { } work)
        {
            await work().ConfigureAwait(false);
        }

        running.End();
    }

    private Func<Task>? TryTake()
    {
        lock (_lock)
        {
            if (_waiting!.TryDequeue(out Func<Task>? work))
            {
                return work;
            }

            _isRunning = false;
            _waiting = null;
            return null;
        }
    }
}
