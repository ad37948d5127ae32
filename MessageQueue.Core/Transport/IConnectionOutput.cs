using MessageQueue.Protocol;

namespace MessageQueue.Transport;

/// <summary>
/// The operations on a connection that are allowed outside its receive loop. Every member is thread-safe, does not block, and does not
/// throw because of the peer. A dead connection ignores what it is given; <see cref="IConnectionHandler.OnClosedAsync"/> reports its end
/// once.
/// </summary>
internal interface IConnectionOutput
{
    /// <summary>
    /// Appends a copy of a whole frame, to be sent at the next <see cref="Flush"/> or earlier. Returns false, and writes nothing, if the
    /// output is full or the connection is closing. If it was full, <see cref="IConnectionHandler.OnDrained"/> is called once when there is
    /// room again. An empty output accepts a frame of any size.
    /// </summary>
    bool TryWrite(ReadOnlySpan<byte> frame);

    /// <summary>
    /// As <see cref="TryWrite(ReadOnlySpan{byte})"/>, for a frame in two parts: one that is different for each receiver, and one that many
    /// receivers share. Either both are written or neither.
    /// </summary>
    bool TryWrite(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest);

    /// <summary>
    /// As <see cref="TryWrite(ReadOnlySpan{byte})"/>, for one or several whole frames that other outputs get too. The memory must never
    /// change, so that the output need not copy it. Either all are written or none.
    /// </summary>
    bool TryWriteShared(ReadOnlyMemory<byte> frames) => TryWrite(frames.Span);

    /// <summary>
    /// As <see cref="TryWrite(ReadOnlySpan{byte})"/>, but always accepted, even when the output is full. For answers, which can neither be
    /// dropped nor sent again later. They stay bounded because the receive loop stops while the output is full.
    /// </summary>
    void Write(ReadOnlySpan<byte> frame);

    /// <summary>Starts to send what was written. If a send is under way, it also sends these bytes.</summary>
    void Flush();

    /// <summary>
    /// Sends what was written, then a close frame. After that, input is discarded until the peer's close frame or the close timeout, so
    /// that the close code reaches the peer. Only the first call has an effect. The reason's text is cut to the 123 bytes that a close
    /// frame can carry (RFC 6455 section 5.5).
    /// </summary>
    void Close(CloseReason reason);

    /// <summary>The reason given to the first <see cref="Close"/>; null before that.</summary>
    CloseReason? ClosedWith { get; }
}
