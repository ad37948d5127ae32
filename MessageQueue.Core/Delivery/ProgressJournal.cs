using MessageQueue.Commands;
using MessageQueue.State.Records;

namespace MessageQueue.Delivery;

/// <summary>
/// Writes acknowledgements to the log late and together: one record for all sessions with progress in the last 100 ms. A crash forgets at
/// most those acknowledgements, and the events are sent again. For the apply loop only.
/// </summary>
internal sealed class ProgressJournal : IDisposable
{
    /// <summary>The delay after which an acknowledgement is written to the log.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(100);

    private const int MaxRecordBytes = 256 << 10;

    private readonly HashSet<SessionDelivery> _changed = [];
    private readonly ITimer _timer;

    /// <param name="timeProvider">The clock.</param>
    /// <param name="due">Called on any thread when <see cref="Write"/> is due.</param>
    public ProgressJournal(TimeProvider timeProvider, Action due) =>
        _timer = timeProvider.CreateTimer(_ => due(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Notes that the session has made progress.</summary>
    public void NoteProgress(SessionDelivery delivery)
    {
        if (_changed.Add(delivery) && _changed.Count == 1)
        {
            _timer.Change(Delay, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Sends the records of all sessions that made progress.</summary>
    /// <param name="head">The sequence of the last record applied.</param>
    /// <param name="queue">The way into the log.</param>
    public void Write(long head, CommandQueue queue)
    {
        List<Progress> record = [];
        int size = 0;
        foreach (SessionDelivery delivery in _changed)
        {
            if (delivery.Session.IsEnded)
            {
                continue;
            }

            Progress progress = delivery.ProgressAt(head);
            record.Add(progress);
            size += progress.Size;
            if (size > MaxRecordBytes)
            {
                Send(record, queue);
                size = 0;
            }
        }

        Send(record, queue);
        _changed.Clear();
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
