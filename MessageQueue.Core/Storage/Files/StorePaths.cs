using System.Globalization;

namespace MessageQueue.Storage.Files;

/// <summary>Names the files of a data directory.</summary>
internal sealed class StorePaths(string root)
{
    private const string SegmentExtension = ".seg";
    private const string SnapshotExtension = ".snap";
    private const int SequenceDigits = 20;

    public string Root { get; } = Path.GetFullPath(root);

    public string Lock => Path.Combine(Root, "LOCK");

    public string Store => Path.Combine(Root, "STORE");

    public string StoreTemporary => Path.Combine(Root, "STORE.tmp");

    public string Segments => Path.Combine(Root, "log");

    public string NextSegment => Path.Combine(Segments, "next.tmp");

    public string Snapshots => Path.Combine(Root, "snap");

    public string NextSnapshot => Path.Combine(Snapshots, "next.tmp");

    /// <summary>The file whose space is released when the disk is full.</summary>
    public string Reserve => Path.Combine(Root, "RESERVE");

    /// <summary>Returns the path of a segment. Its name has twenty digits, so that names sort in the order of sequences.</summary>
    public string Segment(long firstSequence) => Path.Combine(Segments, Name(firstSequence, SegmentExtension));

    /// <summary>Returns the path of a snapshot. Its name has twenty digits, like that of a segment.</summary>
    public string Snapshot(long sequence) => Path.Combine(Snapshots, Name(sequence, SnapshotExtension));

    /// <summary>Returns the first sequence of a segment; null if this is not the name of a segment.</summary>
    public static long? ParseSegment(string name) => Parse(name, SegmentExtension);

    /// <summary>Returns the sequence of a snapshot; null if this is not the name of a snapshot.</summary>
    public static long? ParseSnapshot(string name) => Parse(name, SnapshotExtension);

    private static string Name(long sequence, string extension) => sequence.ToString("D20", CultureInfo.InvariantCulture) + extension;

    private static long? Parse(string name, string extension) =>
        name.Length == SequenceDigits + extension.Length
        && name.EndsWith(extension, StringComparison.Ordinal)
        && long.TryParse(name.AsSpan(0, SequenceDigits), NumberStyles.None, CultureInfo.InvariantCulture, out long sequence)
            ? sequence
            : null;
}
