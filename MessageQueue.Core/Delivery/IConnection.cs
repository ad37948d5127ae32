using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>
/// What a connection of any dialect can be told. A dialect turns each of these into its own frames. What a connection can ask is
/// <c>Connections/ClientConnection</c>.
/// </summary>
/// <remarks>
/// Called by the apply loop only, except <see cref="Close"/> and <see cref="ClosedWith"/>, which any thread may use. No member may block or
/// throw. What is told is gathered; a connection that has something to send puts its output on the <see cref="FlushList"/>, and is flushed
/// once at the end of the round. A connection that is closed or gone swallows what it is told.
/// </remarks>
internal interface IConnection
{
    /// <summary>
    /// Hands an event to the output. False: the output is full and nothing was taken; the connection reports when there is room again.
    /// </summary>
    /// <param name="outgoing">The event, with the frames that were made of it so far.</param>
    /// <param name="target">Which entry of its <c>to</c> matched this session.</param>
    /// <param name="redelivered">Whether it may have been sent to this session before.</param>
    bool TryDeliver(OutgoingEvent outgoing, int target, bool redelivered);

    /// <summary>
    /// The connection has its session. Comes before everything else but <see cref="Close"/>. Taken even when the output is full, as all
    /// below are.
    /// </summary>
    void Welcome(in Welcome welcome);

    /// <summary>What was asked for is done.</summary>
    /// <param name="reference">The client's own reference, UTF-8; empty for none.</param>
    /// <param name="id">The number of the event that was stored; null if none was.</param>
    /// <param name="data">What a handler returned, JSON text; empty for nothing.</param>
    /// <param name="duplicate">Whether this repeats the answer to an earlier request.</param>
    void Acknowledged(ReadOnlySpan<byte> reference, long? id, ReadOnlySpan<byte> data, bool duplicate);

    /// <summary>What was asked for is not done. The connection stays open.</summary>
    /// <param name="error">Why.</param>
    /// <param name="reference">The client's own reference, UTF-8; empty for none.</param>
    void Refused(ProtocolError error, ReadOnlySpan<byte> reference);

    /// <summary>All that was asked for before the ping with this reference is done.</summary>
    void Pong(ReadOnlySpan<byte> reference);

    /// <summary>Events that the session was owed are gone.</summary>
    void Gap(in Gap gap);

    /// <summary>Ends the connection, after what it was told before. The first call counts.</summary>
    void Close(CloseReason reason);

    /// <summary>The reason of the <see cref="Close"/> that counts; null while there was none.</summary>
    CloseReason? ClosedWith { get; }
}
