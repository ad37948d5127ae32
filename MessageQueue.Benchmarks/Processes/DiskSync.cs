using System.Diagnostics;
using System.Runtime.InteropServices;
using MessageQueue.Benchmarks.Generator;
using Microsoft.Win32.SafeHandles;

namespace MessageQueue.Benchmarks.Processes;

/// <summary>How long the disk of the servers takes to make a short record durable: what nobody who syncs can be faster than.</summary>
internal static partial class DiskSync
{
    private const int RecordBytes = 512;
    private const int Records = 500;

    /// <summary>Writes records one after the other to a file that has its size already, with an fdatasync after each.</summary>
    public static double MedianMicroseconds()
    {
        string path = Path.GetTempFileName();
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.Write(file, new byte[RecordBytes * Records], 0);
            RandomAccess.FlushToDisk(file);
            LatencyHistogram times = new();
            byte[] record = [.. Enumerable.Repeat((byte)1, RecordBytes)];
            for (int i = 0; i < Records; i++)
            {
                long start = Stopwatch.GetTimestamp();
                RandomAccess.Write(file, record, (long)i * RecordBytes);
                if (SyncData(file) != 0)
                {
                    throw new IOException($"{path} could not be synced");
                }

                times.Record(Stopwatch.GetTimestamp() - start);
            }

            return times.Microseconds(0.5);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int SyncData(SafeFileHandle file);
}
