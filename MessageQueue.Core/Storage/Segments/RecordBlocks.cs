using MessageQueue.Storage.Files;


namespace MessageQueue.Storage.Segments;

/// <summary>A run of whole records in memory, read from a segment, from which single records are taken.</summary>
/// <param name="segment">The segment that was read.</param>
/// <param name="offset">The offset in it where the run begins.</param>
/// <param name="firstSequence">The sequence of the first record in it.</param>
/// <param name="bytes">The run.</param>
internal ref struct RecordBlocks(Segment segment, long offset, long firstSequence, ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;
    private long _sequence = firstSequence;

    /// <summary>Takes the requested records that lie in the run.</summary>
    /// <param name="request">The request.</param>
    /// <param name="last">The last sequence of the segment that may be read.</param>
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
                // A run is read only because it has a requested record. If that is missing, the caller would read the same run forever.
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

    /// <summary>
    /// Reads a header. For records that are stepped over, only the header is checked; that is enough to find the next record.
    /// </summary>
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
