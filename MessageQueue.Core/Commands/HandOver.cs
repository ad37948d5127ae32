using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace MessageQueue.Commands;

/// <summary>
/// What many threads give to one thread, which blocks while there is nothing. Unbounded: whoever writes bounds what is in it.
/// </summary>
/// <remarks>
/// A channel would do. But the thread that reads is a thread of its own and not a task: to block on a channel it needs a task for each
/// wait, which spins before it blocks. On a busy core that is time taken from those who would write. And here the reader takes all that
/// waits with one exchange of two lists, and looks at it where it lies.
/// </remarks>
[SuppressMessage(
    "Design", "CA1001:Types that own disposable fields should be disposable",
    Justification = "A writer may still signal when the reader has ended. The handle goes with the object.")]
internal sealed class HandOver<T>
{
    // After a burst the lists do not keep more room than this.
    private const int KeptCapacity = 16 * 1024;

    private readonly Lock _gate = new();
    private readonly AutoResetEvent _written = new(false);
    private List<T> _given = [];
    private List<T> _taken = [];
    private int _read;
    private bool _isWaiting;
    private bool _isComplete;

    /// <summary>Adds an item. Returns false if no more are accepted. Thread-safe.</summary>
    public bool TryWrite(in T item)
    {
        bool wake;
        lock (_gate)
        {
            if (_isComplete)
            {
                return false;
            }

            _given.Add(item);
            wake = _isWaiting;
            _isWaiting = false;
        }

        // Outside of the lock: on one core the reader begins to run at once, and would wait for the lock.
        if (wake)
        {
            _written.Set();
        }

        return true;
    }

    /// <summary>Accepts no more items. Those that were accepted are still read. Thread-safe.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
        }

        _written.Set();
    }

    /// <summary>Blocks until there is something to read. Returns false when there is nothing and never will be. For the reader.</summary>
    public bool Wait() => Wait(Timeout.InfiniteTimeSpan, out _);

    /// <summary>As <see cref="Wait()"/>, but also returns, with true, when nothing has come for this time.</summary>
    public bool Wait(TimeSpan timeout, out bool isIdle)
    {
        isIdle = false;
        while (Unread.IsEmpty)
        {
            lock (_gate)
            {
                if (_given.Count > 0)
                {
                    continue;
                }

                if (_isComplete)
                {
                    return false;
                }

                _isWaiting = true;
            }

            if (!_written.WaitOne(timeout))
            {
                isIdle = true;
                return true;
            }
        }

        return true;
    }

    /// <summary>
    /// What waits to be read, in the order in which it was written, or the first part of it; empty only if nothing waits. Valid until the
    /// next call of <see cref="Advance"/>. For the reader.
    /// </summary>
    public ReadOnlySpan<T> Unread
    {
        get
        {
            if (_read == _taken.Count)
            {
                Exchange();
            }

            return CollectionsMarshal.AsSpan(_taken)[_read..];
        }
    }

    /// <summary>Removes the first items of <see cref="Unread"/>. For the reader.</summary>
    public void Advance(int count) => _read += count;

    /// <summary>Takes the next item, if there is one. For the reader.</summary>
    public bool TryRead([MaybeNullWhen(false)] out T item)
    {
        ReadOnlySpan<T> unread = Unread;
        if (unread.IsEmpty)
        {
            item = default;
            return false;
        }

        item = unread[0];
        Advance(1);
        return true;
    }

    private void Exchange()
    {
        _read = 0;
        _taken.Clear();
        if (_taken.Capacity > KeptCapacity)
        {
            _taken = [];
        }

        lock (_gate)
        {
            (_given, _taken) = (_taken, _given);
        }
    }
}
