namespace MessageQueue.Delivery;

/// <summary>
/// One connection of a session, as the delivery sees it: what it may have in flight, and whether it can take anything now.
/// </summary>
/// <param name="connection">The connection.</param>
/// <param name="window">How many events may be in flight on it.</param>
/// <param name="acknowledgesItself">Whether an event counts as acknowledged when it was handed to the output.</param>
/// <param name="isShared">Whether it leaves room for others beside it.</param>
internal sealed class ConnectionWindow(IConnection connection, int window, bool acknowledgesItself, bool isShared)
{
    /// <summary>The connection.</summary>
    public IConnection Connection { get; } = connection;

    /// <summary>How many events may be in flight on it.</summary>
    public int Size { get; } = window;

    /// <summary>Whether an event counts as acknowledged when it was handed to the output.</summary>
    public bool AcknowledgesItself { get; } = acknowledgesItself;

    /// <summary>Whether it leaves room for others beside it.</summary>
    public bool IsShared { get; } = isShared;

    /// <summary>Where it belongs; null before it is attached and once it was let go.</summary>
    public SessionDelivery? SessionDelivery { get; set; }

    /// <summary>How many events are in flight on it. Kept by <see cref="UnackedEvents"/>.</summary>
    public int InFlight { get; set; }

    /// <summary>The output was full; nothing is tried until it has drained.</summary>
    public bool IsBlocked { get; set; }

    /// <summary>How many more events may be in flight.</summary>
    public int Room => IsBlocked ? 0 : Math.Max(0, Size - InFlight);

    /// <summary>Whether another event may be in flight.</summary>
    public bool HasRoom => !IsBlocked && InFlight < Size;
}
