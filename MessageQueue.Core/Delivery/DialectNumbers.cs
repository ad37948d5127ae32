namespace MessageQueue.Delivery;

/// <summary>
/// Gives every dialect of a server a number of its own, from 0, by which it finds the frames that it made of an event. Thread-safe.
/// </summary>
internal sealed class DialectNumbers
{
    private int _next;

    /// <summary>The next number. A dialect with two encodings of the same event takes two.</summary>
    public int Next() => Interlocked.Increment(ref _next) - 1;
}
