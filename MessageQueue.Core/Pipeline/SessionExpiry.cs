using MessageQueue.Commands;
using MessageQueue.State;
using MessageQueue.State.Records;

namespace MessageQueue.Pipeline;

/// <summary>Ends sessions whose clients have not come back in time. For the apply loop only.</summary>
internal sealed class SessionExpiry(TimeSpan named, TimeSpan anonymous, CommandQueue queue)
{
    // Below this number it is not worth looking for outdated entries.
    private const int MinSweep = 1024;

    // Sessions that were present at a start expire at the same time: they end in groups, one group per second.
    private const int MaxAtATime = 4096;

    private readonly record struct Absence(SessionState Session, long AttachedAt);

    private readonly PriorityQueue<Absence, long> _absences = new();
    private int _sweepAt = MinSweep;

    /// <summary>The number of entries, outdated ones included.</summary>
    public int Count => _absences.Count;

    /// <summary>Adds a session that is not attached any more. Its time runs from its <see cref="SessionState.LastSeen"/>.</summary>
    public void Add(SessionState session)
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
    /// Sends the end of sessions whose time is over, a limited number at a time. The condition in the record decides: a session may be back
    /// by then.
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

    // A client that comes and goes leaves an entry behind each time, for days. Sweeping when the number has doubled costs each entry a
    // constant time.
    private void Sweep()
    {
        List<(Absence, long)> wanted = [.. _absences.UnorderedItems.Where(item => IsWanted(item.Element))];
        _absences.Clear();
        _absences.EnqueueRange(wanted);
        _sweepAt = Math.Max(MinSweep, 2 * wanted.Count);
    }
}
