namespace MessageQueue.Transport;

/// <summary>The errors in a client's frames, found by <see cref="FrameReader"/>.</summary>
internal enum FrameViolation
{
    /// <summary>No error.</summary>
    None,

    /// <summary>A message that announces more bytes than the limit.</summary>
    TooBig,

    /// <summary>A frame that RFC 6455 does not allow, alone or after the frames before it.</summary>
    ProtocolError,

    /// <summary>Text that is not UTF-8, in a message or in the reason of a close.</summary>
    InvalidText,

    /// <summary>A binary message for a handler that takes text only.</summary>
    UnwantedBinary,
}
