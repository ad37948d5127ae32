using MessageQueue.Commands;
using MessageQueue.State.Records;

namespace MessageQueue.Delivery;

/// <summary>
/// Brings acknowledgements to the log late and together: one record for every session that moved in the last 100 ms. A crash forgets at
/// most those, and the events come again. For the apply loop only.
/// </summary>
internal sealed class ProgressJournal : IDisposable
{
    /// <summary>How late an acknowledgement reaches the log.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(100);

    private const int MaxRecordBytes = 256 << 10;

    private readonly HashSet<SessionDelivery> _moved = [];
    private readonly ITimer _timer;

    /// <param name="timeProvider">The clock.</param>
    /// <param name="due">Called, on any thread, when <see cref="Write"/> is due.</param>
    public ProgressJournal(TimeProvider timeProvider, Action due) =>
        _timer = timeProvider.CreateTimer(_ => due(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>The session has dealt with something more.</summary>
    public void Moved(SessionDelivery session)
    {
        if (_moved.Add(session) && _moved.Count == 1)
        {
            _timer.Change(Delay, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Sends the records of all that moved.</summary>
    /// <param name="head">The sequence of the last record applied.</param>
    /// <param name="queue">Where to.</param>
    public void Write(long head, CommandQueue queue)
    {
        List<Progress> record = [];
        int size = 0;
        foreach (SessionDelivery session in _moved)
        {
            if (session.Session.IsEnded)
            {
                continue;
            }

            Progress progress = session.ProgressAt(head);
            record.Add(progress);
            size += progress.Size;
            if (size > MaxRecordBytes)
            {
                Send(record, queue);
                size = 0;
            }
        }

        Send(record, queue);
        _moved.Clear();
    }

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();

    private static void Send(List<Progress> record, CommandQueue queue)
    {
        if (record.Count > 0)
        {
            queue.TryAdd(new Command(CommandKind.Acknowledge, AcknowledgedRecord.Encode(record), null, default));
            record.Clear();
        }
    }
}
