namespace MessageQueue.Transport;

/// <summary>The errors in a client's frames that <see cref="InboundFrameMonitor"/> detects.</summary>
internal enum FrameViolation
{
    /// <summary>No error.</summary>
    None,

    /// <summary>A message that announces more bytes than the limit.</summary>
    TooBig,

    /// <summary>A frame without a mask, or with a length that has its highest bit set.</summary>
    ProtocolError,

    /// <summary>Text that is not UTF-8, in a message or in the reason of a close.</summary>
    InvalidText,
}
