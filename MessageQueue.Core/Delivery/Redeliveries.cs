
namespace MessageQueue.Delivery;

/// <summary>
/// Events that wait out a <c>nack</c>, by when they are due. The delay belongs to the session and outlives its connection; it does not
/// outlive the process, after which all that is not acknowledged is sent again anyway. For the apply loop only.
/// </summary>
internal sealed class Redeliveries : IDisposable
{
    // Below this, looking for entries that are no longer wanted is not worth it.
    private const int MinSweep = 1024;

    private readonly record struct Entry(SessionDelivery Session, long Sequence, int Deliveries);

    private readonly PriorityQueue<Entry, long> _entries = new();
    private readonly TimeProvider _timeProvider;
    private readonly ITimer _timer;
    private readonly long _least;
    private readonly long _most;
    private long _armedFor = long.MaxValue;
    private int _sweepAt = MinSweep;

    /// <param name="least">How long an event waits that was sent once; twice as long for every time more.</param>
    /// <param name="most">Where that ends.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="due">Called, on any thread, when <see cref="Run"/> is due.</param>
    public Redeliveries(TimeSpan least, TimeSpan most, TimeProvider timeProvider, Action due)
    {
        _least = (long)least.TotalMilliseconds;
        _most = (long)most.TotalMilliseconds;
        _timeProvider = timeProvider;
        _timer = timeProvider.CreateTimer(_ => due(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many are held, those no longer wanted included.</summary>
    public int Count => _entries.Count;

    /// <summary>Takes an event that is in flight, or waits, out of the window until the delay is over.</summary>
    /// <param name="session">The session.</param>
    /// <param name="sequence">The event.</param>
    /// <param name="deliveries">How often it was sent.</param>
    /// <param name="delay">Milliseconds to wait; the back-off for so many deliveries where that is longer.</param>
    public void Delay(SessionDelivery session, long sequence, int deliveries, long delay)
    {
        session.Unacked.Delay(sequence);
        long due = Now() + Math.Max(delay, BackOff(deliveries));
        if (_entries.Count >= _sweepAt)
        {
            Sweep();
        }

        _entries.Enqueue(new Entry(session, sequence, deliveries), due);
        if (due < _armedFor)
        {
            Arm(due);
        }
    }

    /// <summary>Has everything sent again that is due.</summary>
    /// <param name="enqueue">Told of each session that has something again.</param>
    public void Run(Action<SessionDelivery> enqueue)
    {
        long now = Now();
        while (_entries.TryPeek(out Entry entry, out long due) && due <= now)
        {
            _entries.Dequeue();
            if (IsWanted(entry))
            {
                entry.Session.Unacked.Wake(entry.Sequence);
                enqueue(entry.Session);
            }
        }

        _armedFor = long.MaxValue;
        if (_entries.TryPeek(out _, out long next))
        {
            Arm(next);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();

    // An event may have been acknowledged meanwhile, or sent again after a shorter delay: an entry counts only for the delivery that it was
    // made for.
    private static bool IsWanted(Entry entry) => !entry.Session.Session.IsEnded && entry.Session.Unacked.IsDelayed(entry.Sequence, entry.Deliveries);

    private long BackOff(int deliveries)
    {
        // 40 doublings of a millisecond are 35 years: beyond every limit, and far from an overflow.
        int doublings = Math.Min(deliveries - 1, 40);
        return _most >> doublings < _least ? _most : _least << doublings;
    }

    private void Arm(long due)
    {
        _armedFor = due;
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(1, due - Now())), Timeout.InfiniteTimeSpan);
    }

    // Who nacks with a long delay and then acknowledges leaves an entry behind each time. Sweeping at twice what was left costs each entry
    // a constant.
    private void Sweep()
    {
        List<(Entry, long)> wanted = [.. _entries.UnorderedItems.Where(item => IsWanted(item.Element))];
        _entries.Clear();
        _entries.EnqueueRange(wanted);
        _sweepAt = Math.Max(MinSweep, 2 * wanted.Count);
    }

    private long Now() => _timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
}
