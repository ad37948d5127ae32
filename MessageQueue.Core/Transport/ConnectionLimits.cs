namespace MessageQueue.Transport;

/// <summary>What one connection may use.</summary>
internal sealed record ConnectionLimits
{
    /// <summary>The largest message, in bytes, over all its fragments.</summary>
    public required int MaxMessageBytes { get; init; }

    /// <summary>How many bytes may wait to be sent before the output counts as full.</summary>
    public required int MaxOutboundBytes { get; init; }

    /// <summary>How often a ping is sent.</summary>
    public required TimeSpan PingInterval { get; init; }

    /// <summary>
    /// A connection that nothing was read from for so long, while it was being read, or that took none of what waits to be sent, is dead.
    /// </summary>
    public required TimeSpan IdleTimeout { get; init; }

    /// <summary>How long input is discarded after a close frame was sent.</summary>
    public required TimeSpan CloseTimeout { get; init; }

    /// <summary>The clock of all these.</summary>
    public required TimeProvider TimeProvider { get; init; }
}
