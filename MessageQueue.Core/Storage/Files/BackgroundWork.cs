namespace MessageQueue.Storage.Files;

/// <summary>Runs work beside the writer, one piece at a time, in order. The pieces must not throw.</summary>
/// <param name="start">Runs the delegate, now or on another thread.</param>
internal sealed class BackgroundWork(Action<Action> start)
{
    // An object and not a Lock, because Monitor.Wait needs one.
    private readonly object _gate = new();
    private readonly Queue<Action> _queue = new();
    private Action? _run;
    private bool _running;

    public static void OnThreadPool(Action work) => ThreadPool.UnsafeQueueUserWorkItem(static state => state(), work, preferLocal: false);

    public void Enqueue(Action work)
    {
        lock (_gate)
        {
            _queue.Enqueue(work);
            if (_running)
            {
                return;
            }

            _running = true;
        }

        start(_run ??= Run);
    }

    public void WaitUntilIdle()
    {
        lock (_gate)
        {
            while (_running)
            {
                Monitor.Wait(_gate);
            }
        }
    }

    private void Run()
    {
        while (true)
        {
            Action? work;
            lock (_gate)
            {
                if (!_queue.TryDequeue(out work))
                {
                    _running = false;
                    Monitor.PulseAll(_gate);
                    return;
                }
            }

            work();
        }
    }
}
