using MessageQueue.Storage.Segments;
using MessageQueue.Storage.Snapshots;

namespace MessageQueue.Storage.Tools;

/// <summary>The files of a log, open, so that they stay readable whatever a running server does with their names.</summary>
internal sealed class OpenLog(IFileSystem files, StorePaths paths) : IDisposable
{
    /// <summary>By first sequence, ascending.</summary>
    public SortedList<long, IFileHandle> Segments { get; } = [];

    /// <summary>By sequence, newest first.</summary>
    public SortedList<long, IFileHandle> Snapshots { get; } = new(Comparer<long>.Create((x, y) => y.CompareTo(x)));

    /// <summary>The holes that the snapshots account for.</summary>
    public DroppedRanges Gone { get; set; } = DroppedRanges.None;

    /// <summary>Opens those that are not open yet.</summary>
    public void OpenSegments()
    {
        foreach (long name in SegmentNames.List(files, paths).Where(name => !Segments.ContainsKey(name)))
        {
            Segments.Add(name, files.Open(paths.Segment(name), writable: false));
        }
    }

    public void OpenSnapshots()
    {
        foreach (long sequence in SnapshotFile.List(files, paths))
        {
            Snapshots.Add(sequence, files.Open(paths.Snapshot(sequence), writable: false));
        }
    }

    public void Dispose()
    {
        foreach (IFileHandle file in Segments.Values.Concat(Snapshots.Values))
        {
            file.Dispose();
        }
    }
}
