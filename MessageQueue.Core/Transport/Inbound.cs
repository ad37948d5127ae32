namespace MessageQueue.Transport;

/// <summary>What <see cref="FrameReader.Read"/> has found.</summary>
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

    /// <summary>An error: see <see cref="FrameReader.Violation"/>. From then on, only the close frame is looked for.</summary>
    Violation,
}
