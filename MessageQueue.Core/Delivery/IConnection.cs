using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>
/// What the server can send to a connection. Each dialect turns these calls into its own frames. Requests in the other direction are in
/// <c>Connections/ClientConnection</c>.
/// </summary>
/// <remarks>
/// Called by the apply loop only, except <see cref="Close"/> and <see cref="ClosedWith"/>, which any thread may use. No member may block or
/// throw. The output is buffered: a connection that has something to send adds its output to the list of the apply loop, which flushes it
/// once at the end of the round. A connection that is closed ignores the calls.
/// </remarks>
internal interface IConnection
{
    /// <summary>
    /// Passes an event to the output. Returns false if the output is full and did not take it; the connection reports when there is room
    /// again.
    /// </summary>
    /// <param name="outgoing">The event, with the frames that were made of it so far.</param>
    /// <param name="target">Which entry of its <c>to</c> matched this session.</param>
    /// <param name="redelivered">Whether it may have been sent to this session before.</param>
    bool TryDeliver(OutgoingEvent outgoing, int target, bool redelivered);

    /// <summary>
    /// Passes a run of events to the output, all or none, for the first time each. Returns false if it took none: then they are passed one
    /// by one. A dialect whose events are not the same for all receivers takes none.
    /// </summary>
    bool TryDeliver(EventRun run) => false;

    /// <summary>
    /// Reports that the connection is attached to its session. Comes before all other calls except <see cref="Close"/>. Like all calls
    /// below, it is taken even if the output is full.
    /// </summary>
    void Welcome(in Welcome welcome);

    /// <summary>Reports that a request is done.</summary>
    /// <param name="reference">The client's own reference, UTF-8; empty for none.</param>
    /// <param name="id">The number of the event that was stored; null if none was.</param>
    /// <param name="data">What a handler returned; empty for nothing.</param>
    /// <param name="duplicate">Whether this repeats the answer to an earlier request.</param>
    void Acknowledged(ReadOnlySpan<byte> reference, long? id, EventData data, bool duplicate);

    /// <summary>Reports that a request is refused. The connection stays open.</summary>
    /// <param name="error">Why.</param>
    /// <param name="reference">The client's own reference, UTF-8; empty for none.</param>
    void Refused(ProtocolError error, ReadOnlySpan<byte> reference);

    /// <summary>Reports that every request before the ping with this reference is done.</summary>
    void Pong(ReadOnlySpan<byte> reference);

    /// <summary>Reports that pending events of the session were dropped.</summary>
    void Gap(in Gap gap);

    /// <summary>
    /// Tells that the connection will be closed after this time, because its token expires, unless the client sends another one. A dialect
    /// without users' tokens ignores it.
    /// </summary>
    void Expiring(TimeSpan left)
    {
    }

    /// <summary>
    /// Tells who is in a room that the connection watches. Returns false if the output is full and did not take it; the connection reports
    /// when there is room again. The end of a watch is always taken. A dialect without presence takes and ignores everything.
    /// </summary>
    bool TryTell(PresenceMessage message) => true;

    /// <summary>
    /// Reports that every event that was pending for the session has been passed to an output. Comes each time that the session has caught
    /// up after it had fallen behind, also after <see cref="Welcome"/>.
    /// </summary>
    void CaughtUp()
    {
    }

    /// <summary>Closes the connection after it has sent what is buffered. Only the first call counts.</summary>
    void Close(CloseReason reason);

    /// <summary>The reason of the first <see cref="Close"/>; null if there was none.</summary>
    CloseReason? ClosedWith { get; }
}
