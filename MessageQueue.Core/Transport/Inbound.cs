namespace MessageQueue.Transport;

/// <summary>What <see cref="FrameReader.Read"/> has found. After an error, only the client's close frame is looked for.</summary>
internal enum Inbound
{
    /// <summary>Nothing yet: all bytes are taken.</summary>
    Nothing,

    /// <summary>A whole message: see <see cref="FrameReader.Message"/>.</summary>
    Message,

    /// <summary>A ping: see <see cref="FrameReader.ControlPayload"/>.</summary>
    Ping,

    /// <summary>A close frame that is valid.</summary>
    Close,

    /// <summary>An error: a message that announces more bytes than the limit.</summary>
    TooBig,

    /// <summary>An error: a frame that RFC 6455 does not allow, alone or after the frames before it.</summary>
    ProtocolError,

    /// <summary>An error: text that is not UTF-8, in a message or in the reason of a close.</summary>
    InvalidText,

    /// <summary>An error: a binary message for a handler that takes text only.</summary>
    UnwantedBinary,
}
