using System.Buffers;
using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>Looks for intact records behind a bad one. Records are not chained by their checksums, so that this is possible.</summary>
internal sealed class RecordSearch(IFileHandle file, FileWindow window, uint salt)
{
    private const int Alignment = 8;
    private const int ChecksumBytes = 64 * 1024;

    // Damage alone makes no more work than to read everything a few times; a payload full of what looks like headers of long records would
    // make days of it.
    private long _checksumBytesLeft = 64 * Math.Max(window.Length, 1 << 20);

    /// <summary>Whether the search gave up: far more looked like records than can be there, and none was intact so far.</summary>
    public bool IsExhausted => _checksumBytesLeft < 0;

    /// <summary>
    /// The first intact record at or behind an offset that a test wants; null if there is none, or none was found before the search was
    /// exhausted.
    /// </summary>
    /// <param name="offset">Where to start; a multiple of eight.</param>
    /// <param name="isWanted">Asked before the checksum is computed, so that few are.</param>
    /// <param name="found">Where it begins; where the search ended if there is none.</param>
    public RecordHeader? FindNext(long offset, Func<RecordHeader, bool> isWanted, out long found)
    {
        for (long position = offset; ; position += Alignment)
        {
            // A header has no run of 32 zeros, and a segment filled in advance is mostly zeros.
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

    /// <summary>In pieces of its own, for the window is not to run ahead to the end of what only looks like a long record.</summary>
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
