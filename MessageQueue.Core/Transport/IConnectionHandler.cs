using MessageQueue.Protocol;

namespace MessageQueue.Transport;

/// <summary>Receives the messages of one connection.</summary>
internal interface IConnectionHandler
{
    /// <summary>
    /// Handles one whole text message: valid UTF-8, within the size limit. The memory is valid until the task completes, and only then is
    /// the next message read. So a slow handler delays its own client and no other.
    /// </summary>
    ValueTask OnMessageAsync(ReadOnlyMemory<byte> message);

    /// <summary>
    /// Whether binary messages are accepted. If not, a binary message closes the connection with <see cref="CloseReason.BinaryMessage"/>.
    /// </summary>
    bool TakesBinary => false;

    /// <summary>Handles one whole binary message, within the size limit; otherwise as <see cref="OnMessageAsync"/>.</summary>
    ValueTask OnBinaryMessageAsync(ReadOnlyMemory<byte> message) => throw new NotSupportedException("This handler takes text only.");

    /// <summary>
    /// Reports that nothing more has arrived, so that what is kept only between messages can be released. Called between messages, often.
    /// </summary>
    void OnRest()
    {
    }

    /// <summary>Reports that an output that refused a frame has room again. Called on any thread; must not block.</summary>
    void OnDrained();

    /// <summary>
    /// Reports the end of the connection. Called exactly once, after the last message. Once the task has completed, nothing may write to
    /// the output any more.
    /// </summary>
    ValueTask OnClosedAsync();
}
