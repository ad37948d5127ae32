using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>
/// Reserves the space for segments: for a whole one while there is room, and for smaller ones out of the reserve when there is none.
/// </summary>
internal sealed class SegmentSpace(IFileSystem files, string path, int segmentBytes, DiskReserve reserve, LogSpace room)
{
    // A segment out of the freed reserve takes a quarter of the usual size, and so does the next one. The rest is for snapshots.
    private const int Part = 4;
    private const int MinPartBytes = 4 * SegmentHeader.Bytes;

    /// <summary>Creates an empty file.</summary>
    public IFileHandle Create()
    {
        try
        {
            return files.Create(path);
        }
        catch (Exception exception) when (DiskFull.Is(exception))
        {
            room.Set(false);
            reserve.Free();
            return files.Create(path);
        }
    }

    /// <summary>
    /// Reserves the space of a whole segment, if the reserve still fits beside it. Returns false, and reserves nothing, if there is too
    /// little space.
    /// </summary>
    public bool TryWhole(IFileHandle file)
    {
        long rest = segmentBytes - file.Length;

        // Ask for the free space first: an attempt takes space for a moment, and a snapshot that is being written out of the reserve would
        // find none.
        return files.FreeBytes(Path.GetDirectoryName(path)!) >= reserve.Missing + rest
            && reserve.TryTake(rest) && TryAllocate(file, segmentBytes);
    }

    /// <summary>Takes as much space of a segment as there is, including the reserve.</summary>
    /// <returns>The bytes taken; 0 if there were none.</returns>
    public long TakeAny(IFileHandle file)
    {
        if (TryAllocate(file, segmentBytes))
        {
            return segmentBytes;
        }

        room.Set(false);
        return TakePart(file);
    }

    /// <summary>Releases the reserve and takes a part of a segment out of it.</summary>
    /// <returns>The bytes taken; 0 if there were none.</returns>
    public long TakePart(IFileHandle file)
    {
        reserve.Free();
        for (long bytes = segmentBytes / Part; bytes >= MinPartBytes; bytes /= 2)
        {
            if (TryAllocate(file, bytes))
            {
                return bytes;
            }
        }

        return 0;
    }

    private static bool TryAllocate(IFileHandle file, long bytes)
    {
        long before = file.Length;
        try
        {
            file.Allocate(bytes);
            return true;
        }
        catch (Exception exception) when (DiskFull.Is(exception))
        {
            // Some file systems keep the space that they had already taken before they failed.
            if (file.Length > before)
            {
                file.SetLength(before);
            }

            return false;
        }
    }
}
