namespace MessageQueue.Transport;

/// <summary>What <see cref="InboundFrameMonitor"/> objects to.</summary>
internal enum FrameViolation
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A message that announces more than the limit.</summary>
    TooBig,

    /// <summary>A frame without a mask, or with a length that has its highest bit set.</summary>
    ProtocolError,

    /// <summary>Text that is not UTF-8, in a message or in the reason of a close.</summary>
    InvalidText,
}
