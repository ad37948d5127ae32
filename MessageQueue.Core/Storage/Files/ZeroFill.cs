using System.Runtime.InteropServices;

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

    /// <summary>
    /// The unit in which systems cache files and disks write. What is larger there is a multiple of it.
    /// </summary>
    public const int PageBytes = 4096;

    /// <summary>One step of zeros. It begins at a whole page of memory, as a write past the system's cache needs it.</summary>
    public static ReadOnlyMemory<byte> Zeros { get; } = Aligned();

    private static ReadOnlyMemory<byte> Aligned()
    {
        byte[] zeros = GC.AllocateArray<byte>(StepBytes + PageBytes, pinned: true);
        nint address = Marshal.UnsafeAddrOfPinnedArrayElement(zeros, 0);
        return zeros.AsMemory((int)(-address & (PageBytes - 1)), StepBytes);
    }
}
