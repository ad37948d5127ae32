namespace MessageQueue.Delivery;

/// <summary>
/// Gives every dialect of a server its own number, from 0. By this number a dialect finds the frames that it made of an event. Thread-safe.
/// </summary>
internal sealed class DialectNumbers
{
    private int _next;

    /// <summary>Returns the next number. A dialect with two encodings of the same event takes two.</summary>
    public int Next() => Interlocked.Increment(ref _next) - 1;
}
