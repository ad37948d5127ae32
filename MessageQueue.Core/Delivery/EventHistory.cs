using MessageQueue.Delivery.Inspection;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.Delivery;

/// <summary>
/// Reads the events that rooms still hold. The apply loop only says which events those are and takes the recent ones from its cache. The
/// others are read from the log beside the loop, one reader at a time, so that the disk mostly serves receivers, however many ask.
/// Thread-safe except for <see cref="Find"/> and <see cref="EntryOf"/>.
/// </summary>
#pragma warning disable CA1001 // The wait handle of the semaphore is not used, so there is nothing to free.
internal sealed class EventHistory(IEventLog log, EventCache cache)
#pragma warning restore CA1001
{
    /// <summary>The largest number of events in one read.</summary>
    public const int MaxEvents = 1000;

    /// <summary>The largest number of bytes in one read. One event is read however large it is.</summary>
    public const int MaxBytes = 16 << 20;

    // Reads backwards from the end in small steps: with large events, hardly more is read than is returned.
    private const int Step = 16;

    private readonly SemaphoreSlim _reading = new(1);
    private volatile bool _isStopped;

    /// <summary>An event of a room.</summary>
    /// <param name="Sequence">Its number.</param>
    /// <param name="Cached">The event; null if it must be read.</param>
    public readonly record struct Entry(long Sequence, StoredEvent? Cached);

    /// <summary>Finds the last events of a room before a number, oldest first. Call on the apply loop.</summary>
    public Entry[] Find(Room room, int count, long before)
    {
        SequenceList sequences = room.Sequences;
        int end = sequences.IndexAfter(Math.Max(before, 1) - 1);
        Entry[] entries = new Entry[Math.Min(count, end)];
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i] = EntryOf(sequences[end - entries.Length + i]);
        }

        return entries;
    }

    /// <summary>
    /// Reads the events, oldest first. Leaves out the oldest if all would be more than <see cref="MaxBytes"/>, and those that the log has
    /// dropped meanwhile.
    /// </summary>
    /// <exception cref="ServerStoppedException">The server is stopping.</exception>
    /// <exception cref="LogDamagedException">An event cannot be read back.</exception>
    public Task<List<StoredEvent>> ReadAsync(Entry[] entries, CancellationToken cancellationToken) =>
        RunAsync(() => Read(entries), cancellationToken);

    /// <summary>Returns an event as it is to be read, with what the cache has of it. Call on the apply loop.</summary>
    public Entry EntryOf(long sequence) => new(sequence, cache.Find(sequence)?.Stored);

    /// <summary>
    /// Reads events by their numbers, ascending, for an operator. Ends before all would be more than <see cref="MaxBytes"/>, after at least
    /// one. Damage is part of the answer, and not an exception.
    /// </summary>
    /// <exception cref="ServerStoppedException">The server is stopping.</exception>
    public Task<List<FoundEvent>> ReadFirstAsync(IReadOnlyList<Entry> entries, CancellationToken cancellationToken) =>
        RunAsync(
            () =>
            {
                List<FoundEvent> found = [];
                long bytes = 0;
                foreach (Entry entry in entries)
                {
                    FoundEvent one = ReadOne(entry);
                    bytes += one.Stored?.PayloadBytes ?? 0;
                    if (bytes > MaxBytes && found.Count > 0)
                    {
                        break;
                    }

                    found.Add(one);
                }

                return found;
            },
            cancellationToken);

    /// <summary>Reads when events were stored. Leaves out those that the log has dropped meanwhile, or that cannot be read.</summary>
    /// <exception cref="ServerStoppedException">The server is stopping.</exception>
    public Task<Dictionary<long, long>> ReadTimesAsync(IReadOnlyCollection<Entry> entries, CancellationToken cancellationToken) =>
        RunAsync(
            () =>
            {
                Dictionary<long, long> times = [];
                foreach (Entry entry in entries)
                {
                    if (ReadOne(entry).Stored is { } stored)
                    {
                        times[entry.Sequence] = stored.Time;
                    }
                }

                return times;
            },
            cancellationToken);

    /// <summary>Waits for the read that is under way. Later reads fail.</summary>
    public async Task StopAsync()
    {
        _isStopped = true;
        await _reading.WaitAsync().ConfigureAwait(false);
        _reading.Release();
    }

    private async Task<T> RunAsync<T>(Func<T> read, CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _isStopped
                ? throw new ServerStoppedException("The server has stopped; nothing can be read.")
                : await Task.Run(read, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _reading.Release();
        }
    }

    private FoundEvent ReadOne(Entry entry)
    {
        if (entry.Cached is { } cached)
        {
            return new FoundEvent(entry.Sequence, cached, IsDamaged: false);
        }

        try
        {
            LogRecord[] record = new LogRecord[1];
            return log.Read([entry.Sequence], record, MaxBytes, out _) == 1
                && (RecordType)record[0].Type is RecordType.EventEmitted or RecordType.DeadLettered
                ? new FoundEvent(entry.Sequence, EmitRecord.Decode(record[0]), IsDamaged: false)
                : new FoundEvent(entry.Sequence, null, IsDamaged: false);
        }
        catch (LogDamagedException)
        {
            return new FoundEvent(entry.Sequence, null, IsDamaged: true);
        }
    }

    private List<StoredEvent> Read(Entry[] entries)
    {
        List<StoredEvent> newestFirst = [];
        long bytes = 0;
        for (int end = entries.Length; end > 0; end -= Step)
        {
            ReadOnlySpan<Entry> step = entries.AsSpan(Math.Max(0, end - Step)..end);
            Dictionary<long, StoredEvent> read = ReadMissing(step);
            for (int i = step.Length - 1; i >= 0; i--)
            {
                if ((step[i].Cached ?? read.GetValueOrDefault(step[i].Sequence)) is not { } found)
                {
                    continue;
                }

                bytes += found.PayloadBytes;
                if (bytes > MaxBytes && newestFirst.Count > 0)
                {
                    newestFirst.Reverse();
                    return newestFirst;
                }

                newestFirst.Add(found);
            }
        }

        newestFirst.Reverse();
        return newestFirst;
    }

    private Dictionary<long, StoredEvent> ReadMissing(ReadOnlySpan<Entry> entries)
    {
        Span<long> sequences = stackalloc long[Step];
        int missing = 0;
        foreach (Entry entry in entries)
        {
            if (entry.Cached is null)
            {
                sequences[missing++] = entry.Sequence;
            }
        }

        Dictionary<long, StoredEvent> read = [];
        LogRecord[] records = new LogRecord[missing];
        for (int done = 0; done < missing;)
        {
            int count = log.Read(sequences[done..missing], records, MaxBytes, out int consumed);
            foreach (LogRecord record in records.AsSpan(0, count))
            {
                read.Add(record.Sequence, EmitRecord.Decode(record));
            }

            done += consumed;
        }

        return read;
    }
}
