using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>Lists the segments that are in the directory.</summary>
internal static class SegmentNames
{
    /// <summary>Returns their first sequences, ascending.</summary>
    public static long[] List(IFileSystem files, StorePaths paths)
    {
        if (!files.DirectoryExists(paths.Segments))
        {
            return [];
        }

        long[] names = [.. files.ListFiles(paths.Segments).Select(StorePaths.ParseSegment).OfType<long>()];
        Array.Sort(names);
        return names;
    }

    /// <summary>
    /// Checks a directory without STORE. If the creation of a store was interrupted, there is at most one segment, with only its header and
    /// zeros.
    /// </summary>
    /// <exception cref="LogDamagedException">There is more than that.</exception>
    public static void RefuseWithoutStore(IFileSystem files, StorePaths paths, long[] names)
    {
        foreach (long name in names)
        {
            using IFileHandle file = files.Open(paths.Segment(name), writable: false);
            using var window = new FileWindow(file);
            if (name != 1 || window.SkipZeros(SegmentHeader.Bytes) < window.Length)
            {
                throw DamageMessages.OfFile(paths.Store, $"it is missing, and there are segments ('{paths.Segment(name)}')");
            }
        }
    }
}
