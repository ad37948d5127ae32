namespace MessageQueue.Transport;

/// <summary>The limits and intervals of one connection.</summary>
internal sealed record ConnectionLimits
{
    /// <summary>The largest message, in bytes, over all its fragments.</summary>
    public required int MaxMessageBytes { get; init; }

    /// <summary>How many bytes may wait to be sent before the output counts as full.</summary>
    public required int MaxOutboundBytes { get; init; }

    /// <summary>How often a ping is sent.</summary>
    public required TimeSpan PingInterval { get; init; }

    /// <summary>
    /// How long a connection may show no sign of life. It is dead if nothing arrived for so long although the server was reading, or if it
    /// took none of the bytes that wait to be sent.
    /// </summary>
    public required TimeSpan IdleTimeout { get; init; }

    /// <summary>How long the server discards input after it has sent a close frame.</summary>
    public required TimeSpan CloseTimeout { get; init; }

    /// <summary>The clock for all of these times.</summary>
    public required TimeProvider TimeProvider { get; init; }
}
