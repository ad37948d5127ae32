namespace MessageQueue.Commands;

/// <summary>
/// A limit on how many things, and how many bytes of them, may be under way. Who would exceed it waits its turn, first come first served;
/// one that is larger than the whole limit goes alone. Thread-safe.
/// </summary>
internal sealed class Throttle(int maxCount, long maxBytes)
{
    private readonly record struct Waiter(long Bytes, TaskCompletionSource<bool> Admission);

    private readonly Lock _lock = new();
    private Queue<Waiter>? _waiters;
    private int _count;
    private long _bytes;
    private bool _closed;

    /// <summary>Enters when there is room. False: closed, and not entered.</summary>
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

            // Asynchronous continuations: whoever makes room must not go on to do the waiter's work.
            TaskCompletionSource<bool> admission = new(TaskCreationOptions.RunContinuationsAsynchronously);
            (_waiters ??= new Queue<Waiter>()).Enqueue(new Waiter(bytes, admission));
            return new ValueTask<bool>(admission.Task);
        }
    }

    /// <summary>Gives back what was entered, at once or in parts.</summary>
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

    /// <summary>Lets nobody in any more; those who wait are turned away.</summary>
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
