using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using MessageQueue.Commands;
using MessageQueue.Diagnostics;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.Pipeline;

/// <summary>
/// The one thread that appends to the log. It takes whatever waits, up to a batch, appends it, passes it on, and takes what came meanwhile.
/// So batches grow with the load by themselves, without a timer, and a single command waits for no other.
/// </summary>
internal sealed class LogWriter(
    IEventLog log, CommandQueue queue, HandOver<ApplyInput> committed, TimeProvider timeProvider, ServerCounters counters)
{
    // Larger batches gain nothing and only make their first caller wait.
    private const int MaxBatchRecords = 8192;
    private const long MaxBatchBytes = 1 << 20;

    // Rare enough to cost nothing, and soon enough that most kills and power cuts find a settled log.
    private static readonly TimeSpan IdleBeforeSettling = TimeSpan.FromSeconds(1);

    private readonly ConcurrentBag<CommittedBatch> _spare = [];
    private readonly List<LogEntry> _entries = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastTime;

    /// <summary>Completes when the queue was completed and everything in it is durable, or when the log failed. Never faults.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Starts the thread.</summary>
    /// <param name="lastTime">The time of the last record in the log. Time never goes backwards.</param>
    public void Start(long lastTime)
    {
        _lastTime = lastTime;
        new Thread(Run) { IsBackground = true, Name = "MessageQueue log writer" }.Start();
    }

    /// <summary>Returns the time of the next record in milliseconds since the Unix epoch.</summary>
    public long NextTime() => _lastTime = Math.Max(_lastTime, timeProvider.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>Returns an applied batch to the pool.</summary>
    public void Return(CommittedBatch batch)
    {
        batch.Entries.Clear();
        if (_spare.Count < 4)
        {
            _spare.Add(batch);
        }
    }

    private void Run()
    {
        try
        {
            while (queue.Waiting.Wait(IdleBeforeSettling, out bool isIdle) && (!isIdle || Settle()))
            {
                for (int count = CountBatch(queue.Waiting.Unread); count > 0; count = CountBatch(queue.Waiting.Unread))
                {
                    committed.TryWrite(new ApplyInput(Append(queue.Waiting.Unread[..count])));
                    queue.Waiting.Advance(count);
                }
            }
        }
#pragma warning disable CA1031 // Whatever went wrong, the outcome of the batch is unknown and nothing more may be appended.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            committed.TryWrite(ApplyInput.Failed(exception));
        }
        finally
        {
            _ended.SetResult();
        }
    }

    // Settles once, and waits on until something comes. Returns false when nothing will.
    private bool Settle()
    {
        log.Settle();
        return queue.Waiting.Wait();
    }

    // Returns how many of the commands that wait make a batch: at least one, if there is one.
    private static int CountBatch(ReadOnlySpan<Command> commands)
    {
        int most = Math.Min(commands.Length, MaxBatchRecords);
        long weight = 0;
        for (int count = 0; count < most; count++)
        {
            weight += commands[count].Weight;
            if (weight > MaxBatchBytes && count > 0)
            {
                return count;
            }
        }

        return most;
    }

    private CommittedBatch Append(ReadOnlySpan<Command> commands)
    {
        _entries.Clear();
        foreach (ref readonly Command command in commands)
        {
            if (command.RecordType != RecordType.None)
            {
                _entries.Add(new LogEntry((byte)command.RecordType, RecordVersions.Of(command.RecordType), command.Payload));
            }
        }

        long time = NextTime();
        long sequence = 0;
        if (_entries.Count > 0)
        {
            long started = Stopwatch.GetTimestamp();
            sequence = log.Append(CollectionsMarshal.AsSpan(_entries), time);
            counters.Synced?.Invoke(_entries.Count, Stopwatch.GetElapsedTime(started));
        }

        return Batch(commands, sequence, time);
    }

    // Pairs each record and its sequence with the command that asked for it.
    private CommittedBatch Batch(ReadOnlySpan<Command> commands, long sequence, long time)
    {
        CommittedBatch batch = _spare.TryTake(out CommittedBatch? spare) ? spare : new CommittedBatch();
        (batch.Host, batch.Time) = (0, time);
        ReadOnlySpan<LogEntry> entries = CollectionsMarshal.AsSpan(_entries);
        int next = 0;
        foreach (ref readonly Command command in commands)
        {
            LogRecord record = default;
            if (command.RecordType != RecordType.None)
            {
                LogEntry entry = entries[next++];
                record = new LogRecord(sequence++, time, entry.Type, entry.Version, entry.Payload);
            }

            batch.Entries.Add(new CommittedBatch.Entry(record, command));
        }

        return batch;
    }
}
