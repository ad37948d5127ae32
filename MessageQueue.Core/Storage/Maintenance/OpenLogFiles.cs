using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Storage.Snapshots;

namespace MessageQueue.Storage.Maintenance;

/// <summary>The open files of a log. They stay readable when a running server renames or deletes them.</summary>
internal sealed class OpenLogFiles(IFileSystem files, StorePaths paths) : IDisposable
{
    /// <summary>The segments by first sequence, ascending.</summary>
    public SortedList<long, IFileHandle> Segments { get; } = [];

    /// <summary>The snapshots by sequence, newest first.</summary>
    public SortedList<long, IFileHandle> Snapshots { get; } = new(Comparer<long>.Create((x, y) => y.CompareTo(x)));

    /// <summary>The holes that the newest snapshot explains.</summary>
    public RangeSet Gone { get; set; } = new RangeSet();

    /// <summary>Opens the segments that are not open yet. Skips those that were dropped since they were listed.</summary>
    /// <param name="upTo">The last name to open.</param>
    public void OpenSegments(long upTo = long.MaxValue) =>
        OpenEach(SegmentNames.List(files, paths).Where(name => name <= upTo && !Segments.ContainsKey(name)), paths.Segment, Segments);

    /// <summary>
    /// Closes the snapshots that are open and opens those that exist now. Skips those that were removed since they were listed.
    /// </summary>
    public void OpenSnapshots()
    {
        Close(Snapshots);
        OpenEach(SnapshotFile.List(files, paths), paths.Snapshot, Snapshots);
    }

    public void Dispose()
    {
        Close(Segments);
        Close(Snapshots);
    }

    private static void Close(SortedList<long, IFileHandle> open)
    {
        foreach (IFileHandle file in open.Values)
        {
            file.Dispose();
        }

        open.Clear();
    }

    private void OpenEach(IEnumerable<long> names, Func<long, string> pathOf, SortedList<long, IFileHandle> open)
    {
        foreach (long name in names)
        {
            try
            {
                open.Add(name, files.Open(pathOf(name), writable: false));
            }
            catch (FileNotFoundException)
            {
                // The server has deleted it in the meantime.
            }
        }
    }
}
