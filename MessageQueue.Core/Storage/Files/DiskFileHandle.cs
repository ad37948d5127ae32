using Microsoft.Win32.SafeHandles;

namespace MessageQueue.Storage.Files;

/// <summary>
/// An open file on a real disk. Reads and writes name their position, so readers and the writer do not share a file position.
/// </summary>
internal sealed class DiskFileHandle(string path, FileMode mode, FileAccess access) : IFileHandle
{
    // The file may be deleted and renamed while it is open: next.tmp is renamed under the writer, and a segment may be dropped under a
    // reader.
    private readonly SafeFileHandle _handle = File.OpenHandle(path, mode, access, FileShare.ReadWrite | FileShare.Delete);

    public long Length => RandomAccess.GetLength(_handle);

    public int Read(Span<byte> buffer, long offset)
    {
        int total = 0;
        while (total < buffer.Length)
        {
            int count = RandomAccess.Read(_handle, buffer[total..], offset + total);
            if (count == 0)
            {
                break;
            }

            total += count;
        }

        return total;
    }

    public void Write(ReadOnlySpan<byte> data, long offset) => RandomAccess.Write(_handle, data, offset);

    public void WriteZeros(long offset, long end)
    {
        for (long step = offset; step < end; step += ZeroFill.StepBytes)
        {
            int count = (int)Math.Min(ZeroFill.StepBytes, end - step);
            if (!DirectWrite.TryZeros(_handle, step, count))
            {
                RandomAccess.Write(_handle, ZeroFill.Zeros.Span[..count], step);
            }
        }
    }

    public void SetLength(long length) => RandomAccess.SetLength(_handle, length);

    public void Allocate(long length) => DiskSpace.Allocate(_handle, path, length);

    public void Sync() => DiskSync.File(_handle, path);

    public void Dispose() => _handle.Dispose();
}
