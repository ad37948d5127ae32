namespace MessageQueue.Protocol;

/// <summary>Limits the lengths of the lists in one message.</summary>
/// <param name="Rooms">The most entries of <c>to</c>.</param>
/// <param name="Numbers">The most event numbers in the <c>id</c> of an ack or nack.</param>
internal readonly record struct MessageLimits(int Rooms, int Numbers)
{
    /// <summary>
    /// So many numbers are always allowed, whatever the windows are, so that a client need not split a list of usual length.
    /// </summary>
    public const int LeastNumbers = 1024;
}
