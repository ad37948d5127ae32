using MessageQueue.Sessions;
using MessageQueue.Sessions.Records;

namespace MessageQueue.Routing;

/// <summary>Ends sessions whose clients have not come back in time. For the apply loop only.</summary>
internal sealed class SessionExpiry(TimeSpan named, TimeSpan anonymous, CommandQueue queue)
{
    private readonly record struct Absence(SessionState Session, long AttachedAt);

    private readonly PriorityQueue<Absence, long> _absences = new();

    /// <summary>The session is not attached since its <see cref="SessionState.LastSeen"/>.</summary>
    public void Left(SessionState session)
    {
        TimeSpan expiry = session.IsAnonymous ? anonymous : named;
        if (expiry != Timeout.InfiniteTimeSpan)
        {
            _absences.Enqueue(new Absence(session, session.AttachedAt), session.LastSeen + (long)expiry.TotalMilliseconds);
        }
    }

    /// <summary>Sends the end of every session whose time is over. The record's condition has the last word: a session may be back by then.</summary>
    public void Run(long now)
    {
        while (_absences.TryPeek(out Absence absence, out long due) && due <= now)
        {
            _absences.Dequeue();
            SessionState session = absence.Session;
            if (!session.IsEnded && !session.IsAttached && session.AttachedAt == absence.AttachedAt)
            {
                queue.TryAdd(new Command(CommandKind.End, new EndRecord(session.Id, session.AttachedAt).Encode(), null, default));
            }
        }
    }
}
