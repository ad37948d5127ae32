using MessageQueue.Protocol;

namespace MessageQueue.Transport;

/// <summary>The receiving side of one connection.</summary>
internal interface IConnectionHandler
{
    /// <summary>
    /// One whole text message: valid UTF-8, within the size limit. The memory is the caller's again when the task completes, and the next
    /// message is read only then: a handler that waits holds its own client back, and nobody else.
    /// </summary>
    ValueTask OnMessageAsync(ReadOnlyMemory<byte> message);

    /// <summary>
    /// Whether binary messages are taken too. Where not, one closes the connection with <see cref="CloseReason.BinaryMessage"/>.
    /// </summary>
    bool TakesBinary => false;

    /// <summary>One whole binary message, within the size limit; otherwise as <see cref="OnMessageAsync"/>.</summary>
    ValueTask OnBinaryMessageAsync(ReadOnlyMemory<byte> message) => throw new NotSupportedException("This handler takes text only.");

    /// <summary>The output that refused a frame has room again. Called on any thread; must not block.</summary>
    void OnDrained();

    /// <summary>
    /// The connection is over. Called exactly once, after the last message. When the task completes, nobody will write to the output again.
    /// </summary>
    ValueTask OnClosedAsync();
}
