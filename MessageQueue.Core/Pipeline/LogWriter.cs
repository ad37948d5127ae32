using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Channels;
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
    IEventLog log, CommandQueue queue, ChannelWriter<ApplyInput> committed, TimeProvider timeProvider, ServerCounters counters)
{
    // Larger batches gain nothing and only make their first caller wait.
    private const int MaxBatchRecords = 8192;
    private const long MaxBatchBytes = 1 << 20;

    // Rare enough to cost nothing, and soon enough that most kills and power cuts find a settled log.
    private static readonly TimeSpan IdleBeforeSettling = TimeSpan.FromSeconds(1);

    private readonly ConcurrentBag<CommittedBatch> _spare = [];
    private readonly List<Command> _commands = [];
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
            while (WaitForCommands())
            {
                while (TakeCommands())
                {
                    committed.TryWrite(new ApplyInput(Append()));
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

    private bool WaitForCommands()
    {
        Task<bool> commands = queue.Reader.WaitToReadAsync().AsTask();
        if (!commands.Wait(IdleBeforeSettling))
        {
            log.Settle();
        }

        return commands.GetAwaiter().GetResult();
    }

    private bool TakeCommands()
    {
        _commands.Clear();
        long weight = 0;
        while (_commands.Count < MaxBatchRecords
            && weight < MaxBatchBytes
            && queue.Reader.TryPeek(out Command command)
            && (weight == 0 || weight + command.Weight <= MaxBatchBytes)
            && queue.Reader.TryRead(out command))
        {
            weight += command.Weight;
            _commands.Add(command);
        }

        return _commands.Count > 0;
    }

    private CommittedBatch Append()
    {
        _entries.Clear();
        foreach (ref readonly Command command in CollectionsMarshal.AsSpan(_commands))
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

        return Batch(sequence, time);
    }

    // Pairs each record and its sequence with the command that asked for it.
    private CommittedBatch Batch(long sequence, long time)
    {
        CommittedBatch batch = _spare.TryTake(out CommittedBatch? spare) ? spare : new CommittedBatch();
        (batch.Host, batch.Time) = (0, time);
        ReadOnlySpan<LogEntry> entries = CollectionsMarshal.AsSpan(_entries);
        int next = 0;
        foreach (ref readonly Command command in CollectionsMarshal.AsSpan(_commands))
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
