using MessageQueue.Storage.Files;

namespace MessageQueue.Tests.Storage.Simulation;

internal sealed class SimulatedHandle(SimulatedDisk disk, string path, SimulatedFile file, bool writable) : IFileHandle
{
    private bool _closed;

    public long Length
    {
        get
        {
            lock (disk.Gate)
            {
                return Open().Length;
            }
        }
    }

    public int Read(Span<byte> buffer, long offset)
    {
        lock (disk.Gate)
        {
            disk.FailReadIfTold(path);
            Span<byte> rest = Open().Seen[(int)Math.Min(offset, file.Length)..];
            int count = Math.Min(rest.Length, buffer.Length);
            rest[..count].CopyTo(buffer);
            return count;
        }
    }

    public void Write(ReadOnlySpan<byte> data, long offset)
    {
        lock (disk.Gate)
        {
            SimulatedFile target = Writable();
            switch (disk.Begin(DiskOperation.Write, path))
            {
                case null:
                    disk.Take(offset + data.Length - target.Length);
                    target.Write(data, (int)offset);
                    return;
                case FaultKind.Short:
                    target.Write(data[..(data.Length / 2)], (int)offset);
                    break;
                case FaultKind.DoneAndReported:
                    target.Write(data, (int)offset);
                    break;
            }

            throw disk.Failure();
        }
    }

    public void WriteZeros(long offset, long end) => Write(new byte[end - offset], offset);

    public void SetLength(long length)
    {
        lock (disk.Gate)
        {
            SimulatedFile target = Writable();
            disk.Run(DiskOperation.SetLength, path, () => target.SetLength((int)length));
        }
    }

    public void Allocate(long length)
    {
        lock (disk.Gate)
        {
            SimulatedFile target = Writable();
            disk.Run(DiskOperation.Allocate, path, () =>
            {
                disk.Take(length - target.Length);
                target.SetLength(Math.Max((int)length, target.Length));
            });
        }
    }

    public void Sync()
    {
        lock (disk.Gate)
        {
            SimulatedFile target = Writable();
            FaultKind? fault = disk.Begin(DiskOperation.Sync, path);
            if (fault is null or FaultKind.DoneAndReported)
            {
                if (!disk.SyncsNothing)
                {
                    target.Sync();
                }
            }
            else if (fault == FaultKind.PagesLost)
            {
                target.LoseDirtyPages();
            }

            if (fault is not null)
            {
                throw disk.Failure();
            }
        }
    }

    public void Dispose() => _closed = true;

    private SimulatedFile Open()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        return file;
    }

    private SimulatedFile Writable() => writable ? Open() : throw new UnauthorizedAccessException($"'{path}' is open for reading.");
}
