using MessageQueue.Storage;

namespace MessageQueue.Tests.Storage;

/// <summary>The oracle: what a log has acknowledged, and the one batch of which it has not said.</summary>
internal sealed class Acknowledged
{
    private readonly SortedDictionary<long, byte[]> _certain;
    private byte[][]? _inDoubt;
    private long _inDoubtFirst;

    public Acknowledged()
        : this([])
    {
    }

    private Acknowledged(SortedDictionary<long, byte[]> certain) => _certain = certain;

    public int Count => _certain.Count;

    public IReadOnlyDictionary<long, byte[]> Payloads => _certain;

    public long Last => _certain.Count == 0 ? 0 : _certain.Keys.Max();

    /// <summary>What is known now, for one of several ways in which things may go on.</summary>
    public Acknowledged Clone() => new(new(_certain)) { _inDoubt = _inDoubt, _inDoubtFirst = _inDoubtFirst };

    /// <summary>Appends, and remembers what came of it.</summary>
    public void Append(IEventLog log, params byte[][] payloads)
    {
        _inDoubt = payloads;
        _inDoubtFirst = log.LastSequence + 1;
        long first = log.Append([.. payloads.Select(payload => new LogEntry(1, 1, payload))], 1_000);
        first.Should().Be(_inDoubtFirst);
        _inDoubt = null;
        for (int i = 0; i < payloads.Length; i++)
        {
            _certain.TryAdd(first + i, payloads[i]).Should().BeTrue("no number is given twice");
        }
    }

    /// <summary>Recovers the log: nothing acknowledged may be missing, and of the batch in doubt, which is settled by it, all or nothing.</summary>
    public void Recover(IEventLog log)
    {
        var found = new SortedDictionary<long, byte[]>();
        log.Recover(record => found.Add(record.Sequence, record.Payload.ToArray()));
        if (_inDoubt is { } doubted && found.ContainsKey(_inDoubtFirst))
        {
            for (int i = 0; i < doubted.Length; i++)
            {
                _certain.Add(_inDoubtFirst + i, doubted[i]);
            }
        }

        _inDoubt = null;

        // Not by FluentAssertions, which takes its time: this runs some hundred thousand times.
        if (!found.Keys.SequenceEqual(_certain.Keys))
        {
            Assert.Fail($"Acknowledged were {string.Join(' ', _certain.Keys)}, and {string.Join(' ', found.Keys)} came back.");
        }

        foreach ((long sequence, byte[] payload) in _certain)
        {
            if (!payload.AsSpan().SequenceEqual(found[sequence]))
            {
                Assert.Fail($"Sequence {sequence} came back with another payload.");
            }
        }

        log.LastSequence.Should().BeGreaterThanOrEqualTo(Last);
    }
}
