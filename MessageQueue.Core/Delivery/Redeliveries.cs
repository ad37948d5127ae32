
namespace MessageQueue.Delivery;

/// <summary>
/// The events that wait for the delay of a <c>nack</c>, ordered by when they are due. The delay belongs to the session and outlives its
/// connection. It does not outlive the process: after a restart everything that is not acknowledged is sent again anyway. For the apply
/// loop only.
/// </summary>
internal sealed class Redeliveries : IDisposable
{
    // Below this number it is not worth looking for outdated entries.
    private const int MinSweep = 1024;

    private readonly record struct Entry(SessionDelivery Delivery, long Sequence, int Deliveries);

    private readonly PriorityQueue<Entry, long> _entries = new();
    private readonly TimeProvider _timeProvider;
    private readonly ITimer _timer;
    private readonly long _least;
    private readonly long _most;
    private long _armedFor = long.MaxValue;
    private int _sweepAt = MinSweep;

    /// <param name="least">The delay of an event that was sent once. It doubles with every delivery.</param>
    /// <param name="most">The longest delay.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="due">Called on any thread when <see cref="Run"/> is due.</param>
    public Redeliveries(TimeSpan least, TimeSpan most, TimeProvider timeProvider, Action due)
    {
        _least = (long)least.TotalMilliseconds;
        _most = (long)most.TotalMilliseconds;
        _timeProvider = timeProvider;
        _timer = timeProvider.CreateTimer(_ => due(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The number of entries, outdated ones included.</summary>
    public int Count => _entries.Count;

    /// <summary>Takes an event that is in flight or waiting out of the window until the delay is over.</summary>
    /// <param name="delivery">The delivery to the session.</param>
    /// <param name="sequence">The event.</param>
    /// <param name="deliveries">How often the event was sent.</param>
    /// <param name="delay">The delay in milliseconds. The back-off for this number of deliveries applies if it is longer.</param>
    public void Delay(SessionDelivery delivery, long sequence, int deliveries, long delay)
    {
        delivery.Unacked.Delay(sequence);
        long due = Now() + Math.Max(delay, BackOff(deliveries));
        if (_entries.Count >= _sweepAt)
        {
            Sweep();
        }

        _entries.Enqueue(new Entry(delivery, sequence, deliveries), due);
        if (due < _armedFor)
        {
            Arm(due);
        }
    }

    /// <summary>Makes all events that are due wait to be sent again.</summary>
    /// <param name="enqueue">Called for each session that has an event to send again.</param>
    public void Run(Action<SessionDelivery> enqueue)
    {
        long now = Now();
        while (_entries.TryPeek(out Entry entry, out long due) && due <= now)
        {
            _entries.Dequeue();
            if (IsWanted(entry))
            {
                entry.Delivery.Unacked.Wake(entry.Sequence);
                enqueue(entry.Delivery);
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

    // An event may have been acknowledged meanwhile, or sent again after a shorter delay. So an entry counts only for the delivery that it
    // was made for.
    private static bool IsWanted(Entry entry) =>
        !entry.Delivery.Session.IsEnded && entry.Delivery.Unacked.IsDelayed(entry.Sequence, entry.Deliveries);

    private long BackOff(int deliveries)
    {
        // 40 doublings of a millisecond are 35 years: longer than any limit, and far from an overflow.
        int doublings = Math.Min(deliveries - 1, 40);
        return _most >> doublings < _least ? _most : _least << doublings;
    }

    private void Arm(long due)
    {
        _armedFor = due;
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(1, due - Now())), Timeout.InfiniteTimeSpan);
    }

    // A client that sends a nack with a long delay and then acknowledges leaves an entry behind each time. Sweeping when the number has
    // doubled costs each entry a constant time.
    private void Sweep()
    {
        List<(Entry, long)> wanted = [.. _entries.UnorderedItems.Where(item => IsWanted(item.Element))];
        _entries.Clear();
        _entries.EnqueueRange(wanted);
        _sweepAt = Math.Max(MinSweep, 2 * wanted.Count);
    }

    private long Now() => _timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
}
