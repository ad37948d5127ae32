using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>Receives the answers of clients: an <c>ack</c> with one <c>id</c> and <c>data</c>.</summary>
internal interface IReplySink
{
    /// <summary>
    /// Takes a session's answer to an event. Called for every such <c>ack</c>, whether or not somebody waits for it: also for events that
    /// asked for no answer, for events that were never sent to this session, and again if a client repeats itself. So an answer counts only
    /// if both keys match, and only the first one. Called by the apply loop, in the order of the connection's messages; must not block or
    /// throw.
    /// </summary>
    /// <param name="eventId">The event's number, as the client named it.</param>
    /// <param name="session">The session that answers.</param>
    /// <param name="data">The answer; the callee may keep it.</param>
    void OnReply(long eventId, SessionState session, EventData data);
}
