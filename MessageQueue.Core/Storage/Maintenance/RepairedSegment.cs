using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;

namespace MessageQueue.Storage.Maintenance;

/// <summary>
/// Writes a new segment from what can be read of another one. Each record is in a batch of its own. A lost record is replaced by a record
/// that marks the loss, so that the sequences stay the same.
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

    /// <summary>The lost sequences, ascending.</summary>
    public IReadOnlyList<SequenceRange> Lost => _lost;

    /// <summary>The link to this segment for the next segment's header.</summary>
    public SegmentLink Link => new(header.FirstSequence, _lastCrc);

    public void Add(in LogRecord record) => Write(record.Time, record.Type, record.Version, record.Payload.Span);

    /// <summary>
    /// Adds a mark in place of a record of the log's own. It does not count as a loss, because only the log used that record.
    /// </summary>
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
