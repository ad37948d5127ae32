using System.Buffers;
using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>
/// Finds intact records after a bad one. This is possible because the checksum of a record does not depend on the record before it.
/// </summary>
internal sealed class RecordSearch(IFileHandle file, FileWindow window, uint salt)
{
    private const int Alignment = 8;
    private const int ChecksumBytes = 64 * 1024;

    // With ordinary damage, the search reads everything a few times at most. A payload full of bytes that look like headers of long records
    // could keep it busy for days, hence the limit.
    private long _checksumBytesLeft = 64 * Math.Max(window.Length, 1 << 20);

    /// <summary>
    /// Whether the search gave up because far more bytes looked like records than there can be, and no intact record was found.
    /// </summary>
    public bool IsExhausted => _checksumBytesLeft < 0;

    /// <summary>
    /// Returns the first intact record at or after an offset that meets a condition; null if there is none, or if the search was exhausted
    /// before one was found.
    /// </summary>
    /// <param name="offset">Where to start; a multiple of eight.</param>
    /// <param name="isWanted">The condition. Checked before the checksum, so that few checksums are computed.</param>
    /// <param name="found">Where the record begins; where the search ended if there is none.</param>
    public RecordHeader? FindNext(long offset, Func<RecordHeader, bool> isWanted, out long found)
    {
        for (long position = offset; ; position += Alignment)
        {
            // A header never has 32 zeros in a row, and most of a segment that was filled in advance is zeros.
            long bytes = window.SkipZeros(position);
            position = Math.Max(position, (bytes & -Alignment) - RecordHeader.Bytes + Alignment);
            found = position;
            if (position + RecordHeader.Bytes > window.Length || IsExhausted)
            {
                return null;
            }

            RecordHeader header = RecordHeader.Read(window.Get(position, RecordHeader.Bytes));
            if (header.RecordBytes <= window.Length - position && isWanted(header) && IsIntact(position, header))
            {
                return header;
            }
        }
    }

    /// <summary>
    /// Returns whether the record is intact. Reads it in pieces, because the window should not run ahead to the end of something that only
    /// looks like a long record.
    /// </summary>
    private bool IsIntact(long offset, in RecordHeader header)
    {
        _checksumBytesLeft -= header.RecordBytes;
        byte[] piece = ArrayPool<byte>.Shared.Rent(ChecksumBytes);
        try
        {
            long end = offset + header.RecordBytes;
            uint crc = RecordCodec.BeginChecksum(window.Get(offset, RecordHeader.Bytes), salt);
            for (long position = offset + 8; position < end;)
            {
                int count = file.Read(piece.AsSpan(0, (int)Math.Min(ChecksumBytes, end - position)), position);
                if (count == 0)
                {
                    return false;
                }

                crc = Crc32C.Append(crc, piece.AsSpan(0, count));
                position += count;
            }

            return crc == header.Crc;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }
}
