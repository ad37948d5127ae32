namespace MessageQueue.Tests.Storage.Simulation;

/// <summary>An inode: the content that programs see, and the content that survives a power cut.</summary>
internal sealed class SimulatedFile
{
    private const int SectorBytes = 512;

    private readonly SortedSet<int> _dirty = [];
    private byte[] _seen = [];
    private byte[] _durable = [];
    private int _durableLength;

    public int Length { get; private set; }

    /// <summary>What programs see.</summary>
    public Span<byte> Seen => _seen.AsSpan(0, Length);

    public static SimulatedFile Holding(ReadOnlySpan<byte> contents)
    {
        var file = new SimulatedFile();
        file.Write(contents, 0);
        file.Sync();
        return file;
    }

    public void Write(ReadOnlySpan<byte> data, int offset)
    {
        SetLength(Math.Max(Length, offset + data.Length));
        data.CopyTo(_seen.AsSpan(offset));
        MarkDirty(offset, offset + data.Length);
    }

    public void SetLength(int length)
    {
        if (length > _seen.Length)
        {
            int capacity = Math.Max(length, Math.Max(8192, _seen.Length * 2));
            Array.Resize(ref _seen, capacity);
            Array.Resize(ref _durable, capacity);
        }

        if (length < Length)
        {
            _seen.AsSpan(length, Length - length).Clear();
            MarkDirty(length, Length);
        }

        Length = length;
    }

    public void Sync()
    {
        foreach (int sector in _dirty)
        {
            SectorOf(_seen, sector).CopyTo(SectorOf(_durable, sector));
        }

        _dirty.Clear();
        _durableLength = Length;
    }

    /// <summary>Simulates a failed write-back: nothing became durable, and no page is dirty any more.</summary>
    public void LoseDirtyPages() => _dirty.Clear();

    public SimulatedFile AfterCrash(Survival survival, Random random)
    {
        var copy = new SimulatedFile();
        if (survival == Survival.Everything)
        {
            // Dirty or not, the pages stay in the page cache, which outlives the process.
            copy._seen = [.. _seen];
            copy._durable = [.. _durable];
            copy._durableLength = _durableLength;
            copy.Length = Length;
            copy._dirty.UnionWith(_dirty);
            return copy;
        }

        byte[] contents = [.. _durable];
        int length = _durableLength;
        if (survival == Survival.Random)
        {
            length = random.Next(2) == 0 ? _durableLength : Length;
            foreach (int sector in _dirty)
            {
                Tear(SectorOf(_seen, sector), SectorOf(contents, sector), random);
            }
        }

        copy._seen = contents;
        copy._durable = [.. contents];
        copy.Length = copy._durableLength = length;
        copy._seen.AsSpan(length).Clear();
        copy._durable.AsSpan(length).Clear();
        return copy;
    }

    private static void Tear(ReadOnlySpan<byte> written, Span<byte> onDisk, Random random)
    {
        int from = random.Next(4) == 0 ? random.Next(written.Length) : 0;
        int to = random.Next(3) switch
        {
            0 => from,
            1 => written.Length,
            _ => random.Next(from, written.Length + 1),
        };
        written[from..to].CopyTo(onDisk[from..]);
    }

    private static Span<byte> SectorOf(byte[] bytes, int sector)
    {
        int start = sector * SectorBytes;
        return start >= bytes.Length ? [] : bytes.AsSpan(start, Math.Min(SectorBytes, bytes.Length - start));
    }

    private void MarkDirty(int from, int to)
    {
        for (int sector = from / SectorBytes; sector * SectorBytes < to; sector++)
        {
            _dirty.Add(sector);
        }
    }
}
