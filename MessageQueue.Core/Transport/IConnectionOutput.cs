using MessageQueue.Protocol;

namespace MessageQueue.Transport;

/// <summary>
/// What may be done to one connection from outside its receive loop. Every member may be called from any thread, none blocks and none
/// throws because of the peer: a dead connection swallows what it is given and is reported once, by
/// <see cref="IConnectionHandler.OnClosedAsync"/>.
/// </summary>
internal interface IConnectionOutput
{
    /// <summary>
    /// Copies a whole frame behind those written before, to be sent at the next <see cref="Flush"/> or sooner.
    /// False: the output is full or the connection closing, and nothing was written; if it was full,
    /// <see cref="IConnectionHandler.OnDrained"/> is called once when it has room again. An empty output takes a frame of any size.
    /// </summary>
    bool TryWrite(ReadOnlySpan<byte> frame);

    /// <summary>
    /// As <see cref="TryWrite(ReadOnlySpan{byte})"/>, for bytes in two parts: one receiver's own, and what it shares with others. Both are
    /// written or neither.
    /// </summary>
    bool TryWrite(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest);

    /// <summary>
    /// As <see cref="TryWrite(ReadOnlySpan{byte})"/>, but taken even when the output is full: for answers, which can be neither dropped nor
    /// caught up. They stay bounded because the receive loop stops while the output is full.
    /// </summary>
    void Write(ReadOnlySpan<byte> frame);

    /// <summary>Begins to send what was written, unless a send is under way, which then takes it along.</summary>
    void Flush();

    /// <summary>
    /// Sends what was written, then a close frame; then input is discarded for the close timeout, so that the code arrives, or until the
    /// peer's close. The first call wins. The reason's text is cut to the 123 bytes that a close frame can carry (RFC 6455 section 5.5).
    /// </summary>
    void Close(CloseReason reason);

    /// <summary>The reason of the <see cref="Close"/> that won; null while there was none.</summary>
    CloseReason? ClosedWith { get; }
}
