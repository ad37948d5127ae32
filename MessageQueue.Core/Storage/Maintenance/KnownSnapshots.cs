using MessageQueue.Storage.Files;
using MessageQueue.Storage.Snapshots;

namespace MessageQueue.Storage.Maintenance;

/// <summary>
/// The snapshots of a directory, and the holes in the log that they explain. Only reads, and may run beside a running server.
/// </summary>
/// <param name="Newest">The sequence of the newest snapshot that can be read; 0 if there is none.</param>
/// <param name="Readable">The snapshots that can be read, newest first.</param>
/// <param name="Gone">The holes that are allowed.</param>
/// <param name="GoneOfNewest">
/// The holes that the newest readable snapshot lists itself. Only these are allowed once the other snapshots are removed.
/// </param>
/// <param name="Findings">The errors in the other snapshots.</param>
internal sealed record KnownSnapshots(
    long Newest, IReadOnlyList<long> Readable, RangeSet Gone, RangeSet GoneOfNewest, IReadOnlyList<string> Findings)
{
    // A server makes a snapshot every few minutes, or every few seconds at worst.
    private const int Attempts = 10;

    public static KnownSnapshots Read(IFileSystem files, StorePaths paths, Guid storeId, Func<Stream, SnapshotHoles> decode)
    {
        for (int attempt = 1; ; attempt++)
        {
            long[] sequences = SnapshotFile.List(files, paths);
            KnownSnapshots known = Read(files, paths, storeId, decode, sequences);
            if (attempt == Attempts || sequences.SequenceEqual(SnapshotFile.List(files, paths)))
            {
                return known;
            }
        }
    }

    private static KnownSnapshots Read(
        IFileSystem files, StorePaths paths, Guid storeId, Func<Stream, SnapshotHoles> decode, long[] sequences)
    {
        List<long> readable = [];
        List<string> findings = [];
        RangeSet? gone = null;
        RangeSet? goneOfNewest = null;
        foreach (long sequence in sequences)
        {
            try
            {
                using SnapshotContentReader content = SnapshotFile.Open(files, paths, storeId, sequence);
                SnapshotHoles holes = decode(content);

                // The same rule as at a start: if a newer snapshot cannot be read, everything in this one's list may already be dropped.
                gone ??= new RangeSet(findings.Count == 0 ? holes.Gone : holes.Dropped);
                goneOfNewest ??= new RangeSet(holes.Gone);
                readable.Add(sequence);
            }
            catch (LogDamagedException) when (!files.FileExists(paths.Snapshot(sequence)))
            {
                // A running server has removed it, because there is a newer one.
            }
            catch (LogDamagedException exception)
            {
                findings.Add(exception.Message);
            }
        }

        return new KnownSnapshots(
            readable.Count == 0 ? 0 : readable[0], readable, gone ?? new RangeSet(), goneOfNewest ?? new RangeSet(), findings);
    }
}
