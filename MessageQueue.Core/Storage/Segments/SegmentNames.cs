using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>The segments that are in the directory.</summary>
internal static class SegmentNames
{
    /// <summary>Their first sequences, ascending.</summary>
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
    /// The creation of a store stops short of STORE with at most one segment, which has nothing but its header and zeros.
    /// </summary>
    /// <exception cref="LogDamagedException">There is more.</exception>
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
