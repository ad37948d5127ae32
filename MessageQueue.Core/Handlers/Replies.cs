using System.Collections.Concurrent;
using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Handlers;

/// <summary>
/// Keeps the events that wait for answers of their receivers. They are kept in memory, because after a restart no emitter waits any more.
/// </summary>
internal sealed class Replies(Func<SessionState, Session> sessionOf)
{
    private readonly ConcurrentDictionary<long, PendingReply> _pending = [];

    /// <summary>Begins to collect answers to an event that was just applied. Called by the apply loop, before any answer can
    /// come.</summary>
    /// <param name="state">The state, whose targets are still those of this event.</param>
    /// <param name="eventId">The event's number.</param>
    /// <param name="except">The ids of the sessions that do not get it.</param>
    /// <param name="reply">Receives the answers.</param>
    public void Begin(ServerState state, long eventId, long[] except, PendingReply reply)
    {
        _pending[eventId] = reply;
        Dictionary<long, Session> asked = [];
        foreach (Room room in state.Targets)
        {
            foreach (Membership member in room.Members)
            {
                if (Array.IndexOf(except, member.Session.Id) < 0)
                {
                    asked[member.Session.Id] = sessionOf(member.Session);
                }
            }
        }

        reply.Expect(asked);
    }

    /// <summary>Stops collecting answers to an event.</summary>
    public void End(long eventId) => _pending.TryRemove(eventId, out _);

    /// <summary>Adds an answer. Ignores it if nobody waits for it.</summary>
    public void Add(long eventId, SessionState session, EventData data)
    {
        if (_pending.TryGetValue(eventId, out PendingReply? reply))
        {
            reply.Add(session, data);
        }
    }
}
