namespace MessageQueue.Delivery;

/// <summary>
/// One connection of a session as the delivery sees it: how many events may be in flight on it, and whether it can take one now.
/// </summary>
/// <param name="connection">The connection.</param>
/// <param name="size">How many events may be in flight on it.</param>
/// <param name="acknowledgesItself">Whether an event counts as acknowledged once the output has taken it.</param>
/// <param name="isShared">Whether it shares the session with other connections.</param>
internal sealed class ConnectionWindow(IConnection connection, int size, bool acknowledgesItself, bool isShared)
{
    /// <summary>The connection.</summary>
    public IConnection Connection { get; } = connection;

    /// <summary>How many events may be in flight on it.</summary>
    public int Size { get; } = size;

    /// <summary>Whether an event counts as acknowledged once the output has taken it.</summary>
    public bool AcknowledgesItself { get; } = acknowledgesItself;

    /// <summary>Whether it shares the session with other connections.</summary>
    public bool IsShared { get; } = isShared;

    /// <summary>The delivery that it belongs to; null before it is attached and after it was removed.</summary>
    public SessionDelivery? SessionDelivery { get; set; }

    /// <summary>How many events are in flight on it. <see cref="UnackedEvents"/> updates it.</summary>
    public int InFlight { get; set; }

    /// <summary>Whether the output was full. Nothing is sent on it until the output reports room.</summary>
    public bool IsBlocked { get; set; }

    /// <summary>How many more events may be in flight.</summary>
    public int Room => IsBlocked ? 0 : Math.Max(0, Size - InFlight);

    /// <summary>Whether this many events can be sent together. Those that count as acknowledged at once are never in flight.</summary>
    public bool HasRoomFor(int count) => !IsBlocked && (AcknowledgesItself ? HasRoom : InFlight + count <= Size);

    /// <summary>Whether another event may be in flight.</summary>
    public bool HasRoom => !IsBlocked && InFlight < Size;
}
