using System.Runtime.InteropServices;

namespace MessageQueue.Storage;

/// <summary>
/// The log in memory: it ends with the process, or with the instance. <see cref="Recover"/> may be called again, also after
/// <see cref="Dispose"/>, and gives what is held: so a test can hand one instance to a second run of a server.
/// </summary>
/// <param name="maxPayloadBytes">The largest payload taken.</param>
internal sealed class InMemoryEventLog(int maxPayloadBytes = InMemoryEventLog.DefaultMaxPayloadBytes) : IEventLog
{
    /// <summary>What the log in files takes with segments of the default size.</summary>
    public const int DefaultMaxPayloadBytes = (16 << 20) + 4096;

    private readonly Lock _gate = new();
    private readonly List<LogRecord> _records = [];

    public Guid StoreId { get; } = Guid.NewGuid();

    public int MaxPayloadBytes => maxPayloadBytes;

    public long LastSequence
    {
        get
        {
            lock (_gate)
            {
                return _records.Count;
            }
        }
    }

    public void Recover(Action<LogRecord> apply)
    {
        LogRecord[] records;
        lock (_gate)
        {
            records = [.. _records];
        }

        foreach (LogRecord record in records)
        {
            apply(record);
        }
    }

    public long Append(ReadOnlySpan<LogEntry> batch, long time)
    {
        BatchRules.Check(batch, maxPayloadBytes, Array.MaxLength);
        lock (_gate)
        {
            long first = _records.Count + 1;
            foreach (ref readonly LogEntry entry in batch)
            {
                // A copy: the caller's buffer is its own again when this returns.
                _records.Add(new LogRecord(_records.Count + 1, time, entry.Type, entry.Version, entry.Payload.ToArray()));
            }

            return first;
        }
    }

    public int Read(ReadOnlySpan<long> sequences, Span<LogRecord> records, int maxBytes, out int consumed)
    {
        var request = new ReadRequest(sequences, records, maxBytes);
        lock (_gate)
        {
            ReadOnlySpan<LogRecord> held = CollectionsMarshal.AsSpan(_records);
            while (request.HasNext)
            {
                if (request.Next < 1 || request.Next > held.Length)
                {
                    request.Skip();
                    continue;
                }

                ref readonly LogRecord record = ref held[(int)request.Next - 1];
                if (request.Accepts(record.Payload.Length))
                {
                    request.Add(record);
                }
            }
        }

        consumed = request.Consumed;
        return request.Count;
    }

    /// <summary>Keeps everything.</summary>
    public void Dispose()
    {
    }
}
