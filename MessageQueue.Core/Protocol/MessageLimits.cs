namespace MessageQueue.Protocol;

/// <summary>Limits the lists of one message.</summary>
/// <param name="Rooms">Entries of <c>to</c>.</param>
/// <param name="Numbers">Events' numbers in the <c>id</c> of an ack or nack.</param>
internal readonly record struct MessageLimits(int Rooms, int Numbers)
{
    /// <summary>So many numbers are allowed whatever the windows are: a client need not split a list of usual length.</summary>
    public const int LeastNumbers = 1024;
}
