using System.Runtime.InteropServices;

namespace MessageQueue.Storage;

/// <summary>
/// The log in memory. It ends with the process or the instance. <see cref="Recover"/> may be called again, even after
/// <see cref="Dispose"/>, and passes on all records that are held. So a test can use one instance for a second run of a server.
/// </summary>
/// <param name="maxPayloadBytes">The largest payload accepted, in bytes.</param>
/// <param name="extentRecords">The number of records after which an extent is sealed, at the end of the batch that reaches it.</param>
internal sealed class InMemoryEventLog(
    int maxPayloadBytes = InMemoryEventLog.DefaultMaxPayloadBytes, int extentRecords = InMemoryEventLog.DefaultExtentRecords) : IEventLog
{
    /// <summary>The largest payload of the file log with segments of the default size.</summary>
    public const int DefaultMaxPayloadBytes = 32 << 20;

    /// <summary>Small compared with the memory of a server, large compared with the cost of an extent.</summary>
    public const int DefaultExtentRecords = 65_536;

    private readonly Lock _gate = new();
    private readonly List<MemoryExtent> _extents = [];
    private long _lastSequence;
    private bool _sealNext;

    public Guid StoreId { get; } = Guid.NewGuid();

    public LogIdentity Identity => new(StoreId, []);

    public int MaxPayloadBytes => maxPayloadBytes;

    public long LastSequence
    {
        get
        {
            lock (_gate)
            {
                return _lastSequence;
            }
        }
    }

    public IReadOnlyList<LogExtent> SealedExtents
    {
        get
        {
            lock (_gate)
            {
                // The newest extent is being written, unless a run ended with it.
                return [.. _extents.Take(_sealNext ? _extents.Count : _extents.Count - 1).Select(extent => extent.Describe())];
            }
        }
    }

    public void Recover(
        long after, IReadOnlyList<SequenceRange> dropped, Action<LogRecord> apply, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var holes = new RangeSet(dropped);
        lock (_gate)
        {
            CheckHoles(after, holes);
            _extents.RemoveAll(extent => holes.Covers(extent.FirstSequence, extent.LastSequence));
            _sealNext = true;
        }

        Replay(after, long.MaxValue, record =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            apply(record);
        });
    }

    public long MakeDurable() => LastSequence;

    public void Replay(long after, long upTo, Action<LogRecord> apply)
    {
        LogRecord[] records;
        lock (_gate)
        {
            records = [.. _extents.Where(extent => extent.LastSequence > after).SelectMany(extent => extent.Records)];
        }

        foreach (LogRecord record in records)
        {
            if (record.Sequence > after && record.Sequence <= upTo)
            {
                apply(record);
            }
        }
    }

    public void Drop(IReadOnlyList<long> firstSequences)
    {
        lock (_gate)
        {
            var sealedOnes = SealedExtents.Select(extent => extent.FirstSequence).Intersect(firstSequences).ToHashSet();
            _extents.RemoveAll(extent => sealedOnes.Contains(extent.FirstSequence));
        }
    }

    public long Append(ReadOnlySpan<LogEntry> batch, long time)
    {
        BatchRules.Check(batch, maxPayloadBytes);
        lock (_gate)
        {
            if (_extents.Count == 0 || _sealNext || _extents[^1].Records.Count >= extentRecords)
            {
                _extents.Add(new MemoryExtent(_lastSequence + 1));
                _sealNext = false;
            }

            long first = _lastSequence + 1;
            foreach (ref readonly LogEntry entry in batch)
            {
                // A copy, because the caller may reuse its buffer after this call.
                _extents[^1].Add(new LogRecord(++_lastSequence, time, entry.Type, entry.Version, entry.Payload.ToArray()));
            }

            return first;
        }
    }

    /// <summary>Does nothing: nothing here survives the process or can be damaged.</summary>
    public void Settle()
    {
    }

    public int Read(ReadOnlySpan<long> sequences, Span<LogRecord> records, int maxBytes, out int consumed)
    {
        var request = new ReadRequest(sequences, records, maxBytes);
        lock (_gate)
        {
            while (request.HasNext)
            {
                int index = SortedSearch.FindExtent(CollectionsMarshal.AsSpan(_extents), request.Next);
                if (index < 0 || request.Next > _extents[index].LastSequence)
                {
                    request.Skip();
                    continue;
                }

                LogRecord record = _extents[index].Records[(int)(request.Next - _extents[index].FirstSequence)];
                if (request.Accepts(record.Payload.Length))
                {
                    request.Add(record);
                }
            }
        }

        consumed = request.Consumed;
        return request.Count;
    }

    /// <summary>Keeps all records.</summary>
    public void Dispose()
    {
    }

    private void CheckHoles(long after, RangeSet holes)
    {
        long expected = 1;
        foreach (MemoryExtent extent in _extents)
        {
            if (!holes.Covers(expected, extent.FirstSequence - 1))
            {
                throw new LogDamagedException($"Sequences {expected} to {extent.FirstSequence - 1} are missing.");
            }

            expected = extent.LastSequence + 1;
        }

        if (after > _lastSequence || !holes.Covers(expected, _lastSequence))
        {
            throw new LogDamagedException($"Sequences {expected} to {Math.Max(after, _lastSequence)} are missing.");
        }
    }
}
