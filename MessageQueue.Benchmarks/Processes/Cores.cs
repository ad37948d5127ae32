using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;

namespace MessageQueue.Benchmarks.Processes;

/// <summary>
/// Keeps the server and the generator on different cores: the server on the first, or on a number of cores, the generator on the last.
/// </summary>
internal static partial class Cores
{
    private const int MaskBytes = 128;

    /// <summary>Why nothing can be pinned, or null if it can.</summary>
    public static string? Missing =>
        Environment.ProcessorCount < 2 ? "this machine has one core: server and generator share it, and the figures say little"
        : ServerCommand.Find("taskset") is null ? "taskset is not installed: server and generator are not kept apart" : null;

    /// <summary>Returns the command that runs the rest of a command line on these cores.</summary>
    /// <param name="list">As taskset takes it: <c>0</c>, <c>0-1</c>.</param>
    public static string[] Pin(string list) => Missing is null ? ["taskset", "-c", list] : [];

    /// <summary>Keeps all threads of this process on one core. Threads inherit it from the one that starts them.</summary>
    public static void PinThisProcess(int core)
    {
        byte[] mask = new byte[MaskBytes];
        mask[core / 8] = (byte)(1 << (core % 8));
        foreach (string thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            int id = int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture);
            if (SetAffinity(id, MaskBytes, mask) != 0 && Directory.Exists(thread))
            {
                throw new Win32Exception();
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    private static partial int SetAffinity(int thread, nint size, byte[] mask);
}
