using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;

namespace MessageQueue.Storage.Maintenance;

/// <summary>
/// A segment written anew, out of what can be read of another: each record in a batch of its own, and in the place of each that is lost a
/// record that says so, so that the sequences stay as they are.
/// </summary>
internal sealed class RepairedSegment(IFileHandle file, SegmentHeader header) : IDisposable
{
    private readonly byte[] _buffer = new byte[512 * 1024];
    private int _count;
    private long _position = SegmentHeader.Bytes;
    private uint _batch = 1;
    private uint _lastCrc;
    private long _lastTime = header.Created;

    private readonly List<SequenceRange> _lost = [];

    public long NextSequence { get; private set; } = header.FirstSequence;

    /// <summary>What is lost, ascending.</summary>
    public IReadOnlyList<SequenceRange> Lost => _lost;

    /// <summary>What the segment behind this one says of it.</summary>
    public SegmentLink Link => new(header.FirstSequence, _lastCrc);

    public void Add(in LogRecord record) => Write(record.Time, record.Type, record.Version, record.Payload.Span);

    /// <summary>Nobody misses a record of the log's own.</summary>
    public void AddOwn() => Write(_lastTime, RecordHeader.LostType, 0, []);

    public void AddLost(long upTo)
    {
        if (upTo >= NextSequence)
        {
            _lost.Add(new SequenceRange(NextSequence, upTo));
        }

        while (NextSequence <= upTo)
        {
            Write(_lastTime, RecordHeader.LostType, 0, []);
        }
    }

    public void Complete()
    {
        Flush();
        file.Write(header.Encode(), 0);
        file.Sync();
    }

    public void Dispose() => file.Dispose();

    private void Write(long time, byte type, ushort version, ReadOnlySpan<byte> payload)
    {
        int bytes = RecordCodec.SizeOf(payload.Length);
        if (bytes > _buffer.Length - _count)
        {
            Flush();
        }

        Span<byte> target = bytes > _buffer.Length ? new byte[bytes] : _buffer.AsSpan(_count, bytes);
        var record = new RecordHeader((uint)payload.Length, 0, NextSequence, time, _batch, type, RecordHeader.LastOfBatch, version);
        RecordCodec.Write(target, header.Salt, record, payload);
        _lastCrc = RecordHeader.Read(target).Crc;
        _lastTime = time;
        _batch++;
        NextSequence++;
        if (bytes > _buffer.Length)
        {
            file.Write(target, _position);
            _position += bytes;
        }
        else
        {
            _count += bytes;
        }
    }

    private void Flush()
    {
        file.Write(_buffer.AsSpan(0, _count), _position);
        _position += _count;
        _count = 0;
    }
}
