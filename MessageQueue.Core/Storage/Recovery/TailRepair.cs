using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;

namespace MessageQueue.Storage.Recovery;

/// <summary>Makes the end of the log durable as it was read. Changes nothing but what lies behind the last whole batch.</summary>
internal static class TailRepair
{
    /// <summary>
    /// Writes the last batch again. It may have been read from a page cache whose sync failed in the process before: the kernel calls such
    /// pages clean, and only writing them anew makes the sync mean something.
    /// </summary>
    public static void Run(IFileSystem files, UnsyncedBatch last)
    {
        Segment segment = last.Segment;
        using IFileHandle file = files.Open(segment.Path, writable: true);
        byte[] batch = new byte[segment.End - last.Offset];
        if (file.Read(batch, last.Offset) < batch.Length)
        {
            throw new EndOfStreamException($"'{segment.Path}' became shorter while it was being recovered.");
        }

        file.Write(batch, last.Offset);
        file.SetLength(segment.End);
        file.Sync();
    }
}
