namespace MessageQueue.Storage.Files;

/// <summary>
/// Writes zeros ahead of the records. Overwriting them does not change the file's metadata, which makes a sync 1.5 to 3 times faster.
/// </summary>
internal static class ZeroFill
{
    /// <summary>
    /// Large enough that the sync of a step costs little per byte, and small enough that the writer's own sync does not wait long for it.
    /// </summary>
    public const int StepBytes = 256 * 1024;

    private static readonly byte[] Zeros = new byte[StepBytes];

    /// <summary>Writes at most one step of zeros.</summary>
    public static void Write(IFileHandle file, long from, long to) => file.Write(Zeros.AsSpan(0, (int)(to - from)), from);
}
