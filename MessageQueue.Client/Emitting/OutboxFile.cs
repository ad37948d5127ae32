using System.Threading.Channels;

namespace MessageQueue.Client.Emitting;

/// <summary>
/// Keeps emits on disk until they are answered. One task writes: it takes all that has come, appends it, flushes once, and gives the emits
/// back to the outbox, in order. That an emit was answered is appended too, without a flush of its own: if it is lost, the emit is
/// repeated, and the server knows its reference.
/// </summary>
internal sealed class OutboxFile : IAsyncDisposable
{
    // The file is written anew when it is this much larger than what is in use.
    private const long MaxWaste = 1 << 20;

    private readonly Channel<Work> _work = Channel.CreateUnbounded<Work>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SortedDictionary<long, OutboxEntry> _kept = [];
    private readonly Outbox _outbox;
    private Task _writing = Task.CompletedTask;
    private OutboxLog _log;
    private long _inUse;

    private OutboxFile(OutboxLog log, IReadOnlyList<OutboxEntry> restored, Outbox outbox)
    {
        _log = log;
        _outbox = outbox;
        Restored = restored;
        _inUse = log.Length;
    }

    /// <summary>The emits that an earlier process did not get through, in order.</summary>
    public IReadOnlyList<OutboxEntry> Restored { get; }

    /// <summary>Opens or creates the file.</summary>
    /// <exception cref="IOException">It cannot be opened, or another process uses it.</exception>
    /// <exception cref="InvalidDataException">It is damaged, or is not an outbox.</exception>
    public static OutboxFile Open(string path, Outbox outbox)
    {
        OutboxLog log = OutboxLog.Open(path, out List<OutboxEntry> restored);
        return new OutboxFile(log, restored, outbox);
    }

    /// <summary>Begins to write, when the restored emits have their places.</summary>
    public void Start() => _writing = Task.Run(WriteAllAsync);

    /// <summary>Writes an entry. What is not kept on disk only keeps its place.</summary>
    public void Add(OutboxEntry entry) => _work.Writer.TryWrite(new Work(entry, null));

    /// <summary>Notes that an entry is over.</summary>
    public void Remove(OutboxEntry entry) => _work.Writer.TryWrite(new Work(entry, null));

    /// <summary>Waits until everything before is on disk, or has failed.</summary>
    public Task FlushAsync()
    {
        TaskCompletionSource flushed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return _work.Writer.TryWrite(new Work(null, flushed)) ? flushed.Task : Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _work.Writer.TryComplete();
        await _writing;
        _log.Dispose();
    }

    private async Task WriteAllAsync()
    {
        foreach (OutboxEntry entry in Restored)
        {
            _kept[entry.Order] = entry;
        }

        while (await _work.Reader.WaitToReadAsync())
        {
            List<OutboxEntry> added = [];
            List<TaskCompletionSource> waiting = [];
            while (_work.Reader.TryRead(out Work work))
            {
                if (work.Flushed is not null)
                {
                    waiting.Add(work.Flushed);
                }
                else if (work.Entry!.IsOver)
                {
                    Drop(work.Entry);
                }
                else
                {
                    Keep(work.Entry);
                    added.Add(work.Entry);
                }
            }

            Write(added);
            waiting.ForEach(static flushed => flushed.SetResult());
        }
    }

    private void Keep(OutboxEntry entry)
    {
        if (entry.Kind == OutboxKind.Emit)
        {
            _kept[entry.Order] = entry;
            _log.Append(entry);
            _inUse += OutboxLog.SizeOf(entry);
        }
    }

    private void Drop(OutboxEntry entry)
    {
        if (_kept.Remove(entry.Order))
        {
            _log.AppendDone(entry);
            _inUse -= OutboxLog.SizeOf(entry);
        }
    }

    private void Write(List<OutboxEntry> added)
    {
        try
        {
            _log.Write(flush: added.Count > 0);
            if (_log.Length > MaxWaste + (2 * _inUse))
            {
                _log = _log.Rewrite(_kept.Values);
                _inUse = _log.Length;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            foreach (OutboxEntry entry in added)
            {
                _kept.Remove(entry.Order);
            }

            string message = $"the outbox file could not be written: {exception.Message}";
            _outbox.Fail(added, new MessageQueueClientException(MessageQueueClientException.OutboxFailed, message, exception));
            return;
        }

        _outbox.Ready(added);
    }

    private readonly record struct Work(OutboxEntry? Entry, TaskCompletionSource? Flushed);
}
