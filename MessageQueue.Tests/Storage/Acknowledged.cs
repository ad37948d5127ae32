using MessageQueue.Storage;

namespace MessageQueue.Tests.Storage;

/// <summary>The oracle: what a log has acknowledged, and the one batch whose outcome is not known.</summary>
internal sealed class Acknowledged
{
    private readonly SortedDictionary<long, byte[]> _certain;
    private readonly List<SequenceRange> _dropped;
    private byte[][]? _inDoubt;
    private long _inDoubtFirst;

    public Acknowledged()
        : this([], [])
    {
    }

    private Acknowledged(SortedDictionary<long, byte[]> certain, List<SequenceRange> dropped)
    {
        _certain = certain;
        _dropped = dropped;
    }

    /// <summary>The time of every batch.</summary>
    public const long Time = 1_000;

    public int Count => _certain.Count;

    public IReadOnlyDictionary<long, byte[]> Payloads => _certain;

    /// <summary>The sequences that a snapshot would list as dropped.</summary>
    public IReadOnlyList<SequenceRange> Dropped => _dropped;

    public long Last => _certain.Count == 0 ? 0 : _certain.Keys.Max();

    /// <summary>Copies what is known now, so that a test can continue from here in several ways.</summary>
    public Acknowledged Clone() => new(new(_certain), [.. _dropped]) { _inDoubt = _inDoubt, _inDoubtFirst = _inDoubtFirst };

    /// <summary>Appends a batch and records the outcome.</summary>
    public void Append(IEventLog log, params byte[][] payloads)
    {
        _inDoubt = payloads;
        _inDoubtFirst = log.LastSequence + 1;
        long first = log.Append([.. payloads.Select(payload => new LogEntry(1, 1, payload))], Time);
        first.Should().Be(_inDoubtFirst);
        _inDoubt = null;
        for (int i = 0; i < payloads.Length; i++)
        {
            _certain.TryAdd(first + i, payloads[i]).Should().BeTrue("no number is given twice");
        }
    }

    /// <summary>Marks these sequences as dropped, as a snapshot does before the log drops anything.</summary>
    public void Drop(params IEnumerable<LogExtent> extents)
    {
        foreach (LogExtent extent in extents)
        {
            _dropped.Add(new SequenceRange(extent.FirstSequence, extent.LastSequence));
            for (long sequence = extent.FirstSequence; sequence <= extent.LastSequence; sequence++)
            {
                _certain.Remove(sequence);
            }
        }

        _dropped.Sort((x, y) => x.First.CompareTo(y.First));
    }

    /// <summary>
    /// Recovers the log after a snapshot. Nothing that was acknowledged may be missing. The batch in doubt must be there completely or
    /// not at all, and is no longer in doubt afterwards.
    /// </summary>
    public void Recover(IEventLog log, long after = 0)
    {
        var found = new SortedDictionary<long, byte[]>();
        log.Recover(after, _dropped, record => found.Add(record.Sequence, record.Payload.ToArray()));
        if (_inDoubt is { } doubted && found.ContainsKey(_inDoubtFirst))
        {
            for (int i = 0; i < doubted.Length; i++)
            {
                _certain.Add(_inDoubtFirst + i, doubted[i]);
            }
        }

        _inDoubt = null;

        // Without FluentAssertions, which is slow: this runs several hundred thousand times.
        var expected = _certain.Where(entry => entry.Key > after).ToList();
        if (!found.Keys.SequenceEqual(expected.Select(entry => entry.Key)))
        {
            Assert.Fail(
                $"Acknowledged after {after} were {string.Join(' ', expected.Select(entry => entry.Key))}, "
                + $"and {string.Join(' ', found.Keys)} came back.");
        }

        foreach ((long sequence, byte[] payload) in expected)
        {
            if (!payload.AsSpan().SequenceEqual(found[sequence]))
            {
                Assert.Fail($"Sequence {sequence} came back with another payload.");
            }
        }

        log.LastSequence.Should().BeGreaterThanOrEqualTo(Last);
    }
}
