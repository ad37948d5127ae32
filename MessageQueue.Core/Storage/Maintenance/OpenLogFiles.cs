using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Storage.Snapshots;

namespace MessageQueue.Storage.Maintenance;

/// <summary>The files of a log, open, so that they stay readable whatever a running server does with their names.</summary>
internal sealed class OpenLogFiles(IFileSystem files, StorePaths paths) : IDisposable
{
    /// <summary>By first sequence, ascending.</summary>
    public SortedList<long, IFileHandle> Segments { get; } = [];

    /// <summary>By sequence, newest first.</summary>
    public SortedList<long, IFileHandle> Snapshots { get; } = new(Comparer<long>.Create((x, y) => y.CompareTo(x)));

    /// <summary>The holes that the newest snapshot accounts for.</summary>
    public RangeSet Gone { get; set; } = new RangeSet();

    /// <summary>Opens those that are not open yet and passes over those that were dropped since they were listed.</summary>
    /// <param name="upTo">Up to and including this name.</param>
    public void OpenSegments(long upTo = long.MaxValue) =>
        OpenEach(SegmentNames.List(files, paths).Where(name => name <= upTo && !Segments.ContainsKey(name)), paths.Segment, Segments);

    /// <summary>
    /// Opens those that there are now, in place of those that there were, and passes over those that were removed since they were listed.
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
                // The server has deleted it meanwhile.
            }
        }
    }
}
