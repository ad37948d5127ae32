using MessageQueue.Commands;
using MessageQueue.State;
using MessageQueue.State.Records;

namespace MessageQueue.Pipeline;

/// <summary>Ends sessions whose clients have not come back in time. For the apply loop only.</summary>
internal sealed class SessionExpiry(TimeSpan named, TimeSpan anonymous, CommandQueue queue)
{
    // Below this, looking for entries that are no longer wanted is not worth it.
    private const int MinSweep = 1024;

    // All that came to a start together are over together: they end in turns, one a second.
    private const int MaxAtATime = 4096;

    private readonly record struct Absence(SessionState Session, long AttachedAt);

    private readonly PriorityQueue<Absence, long> _absences = new();
    private int _sweepAt = MinSweep;

    /// <summary>How many are held, those no longer wanted included.</summary>
    public int Count => _absences.Count;

    /// <summary>The session is not attached since its <see cref="SessionState.LastSeen"/>.</summary>
    public void Left(SessionState session)
    {
        TimeSpan expiry = session.IsAnonymous ? anonymous : named;
        if (expiry != Timeout.InfiniteTimeSpan)
        {
            if (_absences.Count >= _sweepAt)
            {
                Sweep();
            }

            _absences.Enqueue(new Absence(session, session.AttachedAt), session.LastSeen + (long)expiry.TotalMilliseconds);
        }
    }

    /// <summary>
    /// Sends the end of sessions whose time is over; of very many, of some at a time. The record's condition has the last word: a session
    /// may be back by then.
    /// </summary>
    public void Run(long now)
    {
        for (int i = 0; i < MaxAtATime && _absences.TryPeek(out Absence absence, out long due) && due <= now; i++)
        {
            _absences.Dequeue();
            if (IsWanted(absence))
            {
                SessionState session = absence.Session;
                queue.TryAdd(new Command(CommandKind.End, new EndRecord(session.Id, session.AttachedAt).Encode(), null, default));
            }
        }
    }

    private static bool IsWanted(Absence absence) =>
        !absence.Session.IsEnded && !absence.Session.IsAttached && absence.Session.AttachedAt == absence.AttachedAt;

    // Who comes and goes leaves an entry behind each time, for days. Sweeping at twice what was left costs each entry a constant.
    private void Sweep()
    {
        List<(Absence, long)> wanted = [.. _absences.UnorderedItems.Where(item => IsWanted(item.Element))];
        _absences.Clear();
        _absences.EnqueueRange(wanted);
        _sweepAt = Math.Max(MinSweep, 2 * wanted.Count);
    }
}
