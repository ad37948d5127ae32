using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>Where clients' answers go: an <c>ack</c> with one <c>id</c> and <c>data</c>.</summary>
internal interface IReplySink
{
    /// <summary>
    /// The session answers an event. Called for every such <c>ack</c>, whoever waits for it: for events that asked for no answer, for those
    /// that were never sent to this session, and again where a client repeats itself. So an answer counts only by both keys, and only the
    /// first. Called by the apply loop, in the order of the connection's messages; must not block and must not throw.
    /// </summary>
    /// <param name="eventId">The event's number, as the client named it.</param>
    /// <param name="session">Who answers.</param>
    /// <param name="data">JSON text, to keep.</param>
    void OnReply(long eventId, SessionState session, ReadOnlyMemory<byte> data);
}
