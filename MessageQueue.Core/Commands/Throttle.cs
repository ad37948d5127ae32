namespace MessageQueue.Commands;

/// <summary>
/// A limit on how many things, and how many bytes of them, may be under way. A caller that would exceed it waits: first come, first served.
/// A thing that is larger than the whole limit goes alone. Thread-safe.
/// </summary>
internal sealed class Throttle(int maxCount, long maxBytes)
{
    private readonly record struct Waiter(long Bytes, TaskCompletionSource<bool> Admission);

    private readonly Lock _lock = new();
    private Queue<Waiter>? _waiters;
    private int _count;
    private long _bytes;
    private bool _closed;

    /// <summary>Enters when there is room. Returns false if the throttle is closed; then nothing was entered.</summary>
    public ValueTask<bool> EnterAsync(long bytes)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return ValueTask.FromResult(false);
            }

            if (_waiters is not { Count: > 0 } && Fits(bytes))
            {
                _count++;
                _bytes += bytes;
                return ValueTask.FromResult(true);
            }

            // Asynchronous continuations, so that the caller that makes room does not run the waiter's work.
            TaskCompletionSource<bool> admission = new(TaskCreationOptions.RunContinuationsAsynchronously);
            (_waiters ??= new Queue<Waiter>()).Enqueue(new Waiter(bytes, admission));
            return new ValueTask<bool>(admission.Task);
        }
    }

    /// <summary>Releases what was entered, all at once or in parts.</summary>
    public void Leave(int count, long bytes)
    {
        lock (_lock)
        {
            _count -= count;
            _bytes -= bytes;
            while (_waiters is { Count: > 0 } && Fits(_waiters.Peek().Bytes))
            {
                Waiter next = _waiters.Dequeue();
                _count++;
                _bytes += next.Bytes;
                next.Admission.SetResult(true);
            }
        }
    }

    /// <summary>Refuses all further callers, including those that wait.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            while (_waiters is { Count: > 0 })
            {
                _waiters.Dequeue().Admission.SetResult(false);
            }
        }
    }

    private bool Fits(long bytes) => _count == 0 || (_count < maxCount && _bytes + bytes <= maxBytes);
}
