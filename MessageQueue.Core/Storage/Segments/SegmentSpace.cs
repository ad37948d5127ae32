using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>
/// Takes the space for segments: a whole one while there is room, and smaller ones out of the reserve while there is none.
/// </summary>
internal sealed class SegmentSpace(IFileSystem files, string path, int segmentBytes, DiskReserve reserve, LogSpace room)
{
    // Of a freed reserve the log takes a quarter, and a quarter again of what a segment would take next. Snapshots are to find the rest.
    private const int Part = 4;
    private const int MinPartBytes = 4 * SegmentHeader.Bytes;

    /// <summary>Creates the file, empty.</summary>
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
    /// Takes the space of a whole segment, so that the reserve is there beside it. False, and nothing taken, if there is too little.
    /// </summary>
    public bool TryWhole(IFileHandle file)
    {
        long rest = segmentBytes - file.Length;

        // Asked first, because trying takes what there is for a moment, and a snapshot that is being written out of the reserve would find
        // none.
        return files.FreeBytes(Path.GetDirectoryName(path)!) >= reserve.Missing + rest
            && reserve.TryTake(rest) && TryAllocate(file, segmentBytes);
    }

    /// <summary>Takes what there is of a segment, the reserve included.</summary>
    /// <returns>How much; 0 if nothing.</returns>
    public long TakeAny(IFileHandle file)
    {
        if (TryAllocate(file, segmentBytes))
        {
            return segmentBytes;
        }

        room.Set(false);
        return TakePart(file);
    }

    /// <summary>Gives the reserve back and takes a part of a segment out of it.</summary>
    /// <returns>How much; 0 if nothing.</returns>
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
            // Some file systems keep what they found before they found too little.
            if (file.Length > before)
            {
                file.SetLength(before);
            }

            return false;
        }
    }
}
