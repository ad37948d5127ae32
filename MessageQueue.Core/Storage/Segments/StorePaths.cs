using System.Globalization;

namespace MessageQueue.Storage.Segments;

/// <summary>Where everything lies in a data directory. <c>snap/</c> is reserved for snapshots.</summary>
internal sealed class StorePaths(string root)
{
    private const string SegmentExtension = ".seg";
    private const int SequenceDigits = 20;

    public string Root { get; } = Path.GetFullPath(root);

    public string Lock => Path.Combine(Root, "LOCK");

    public string Store => Path.Combine(Root, "STORE");

    public string StoreTemporary => Path.Combine(Root, "STORE.tmp");

    public string Segments => Path.Combine(Root, "log");

    public string NextSegment => Path.Combine(Segments, "next.tmp");

    /// <summary>Twenty digits, so that names sort as sequences do.</summary>
    public string Segment(long firstSequence) =>
        Path.Combine(Segments, firstSequence.ToString("D20", CultureInfo.InvariantCulture) + SegmentExtension);

    /// <summary>Null for a name that is not a segment's.</summary>
    public static long? ParseSegment(string name) =>
        name.Length == SequenceDigits + SegmentExtension.Length
        && name.EndsWith(SegmentExtension, StringComparison.Ordinal)
        && long.TryParse(name.AsSpan(0, SequenceDigits), NumberStyles.None, CultureInfo.InvariantCulture, out long sequence)
            ? sequence
            : null;
}
