using MessageQueue.Storage.Files;


namespace MessageQueue.Storage.Segments;

/// <summary>A run of whole records in memory, as it was read from a segment, to pick some from.</summary>
/// <param name="segment">Where it is from.</param>
/// <param name="offset">Where in it the run begins.</param>
/// <param name="firstSequence">The sequence of the first record in it.</param>
/// <param name="bytes">The run.</param>
internal ref struct RecordBlocks(Segment segment, long offset, long firstSequence, ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;
    private long _sequence = firstSequence;

    /// <summary>Takes what is wanted and lies in the run.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="last">The last sequence of the segment that may be asked for.</param>
    public void Take(ref ReadRequest request, long last)
    {
        bool found = false;
        while (request.HasNext && request.Next <= last)
        {
            if (request.Next < _sequence)
            {
                throw new ArgumentException("The sequences are not in ascending order.", nameof(request));
            }

            while (_position < _bytes.Length && _sequence < request.Next)
            {
                _position += (int)ReadHeader().RecordBytes;
                _sequence++;
            }

            if (_position >= _bytes.Length)
            {
                // A run is read because a record in it is wanted. Without it the caller would read the same run for ever.
                if (!found)
                {
                    throw Bad("the segment ends before it");
                }

                return;
            }

            TakeOne(ref request);
            found = true;
        }
    }

    private void TakeOne(ref ReadRequest request)
    {
        RecordHeader header = ReadHeader();
        ReadOnlySpan<byte> record = _bytes.Slice(_position, (int)header.RecordBytes);
        if (RecordCodec.Checksum(record, segment.Header.Salt) != header.Crc)
        {
            throw Bad("the record's checksum is wrong");
        }

        if (header.IsOwn)
        {
            request.Skip();
        }
        else if (request.Accepts(header.Length))
        {
            request.Add(RecordCodec.ToRecord(header, record));
        }
        else
        {
            return;
        }

        _position += record.Length;
        _sequence++;
    }

    /// <summary>Of records that are stepped over only this is looked at: enough to be certain of stepping right.</summary>
    private readonly RecordHeader ReadHeader()
    {
        ReadOnlySpan<byte> rest = _bytes[_position..];
        RecordHeader header = rest.Length < RecordHeader.Bytes ? default : RecordHeader.Read(rest);
        if (header.Sequence != _sequence || header.RecordBytes > rest.Length)
        {
            throw Bad("the record there is bad");
        }

        return header;
    }

    private readonly LogDamagedException Bad(string reason) =>
        DamageMessages.OfRecords(segment.Path, offset + _position, _sequence, _sequence, reason);
}
