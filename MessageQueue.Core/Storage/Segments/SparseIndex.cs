namespace MessageQueue.Storage.Segments;

/// <summary>
/// Where in a segment to start looking for a sequence: one entry for every 4 KiB or so, always at the start of a record, so that the bytes
/// between two entries are whole records. One thread adds, any may look.
/// </summary>
internal sealed class SparseIndex(long firstSequence)
{
    // As fine as a page: what is read to find one record is about what the device reads anyway. 8 bytes per entry is 0.2 % of the log.
    private const int Spacing = 4096;

    private const int OffsetBits = 32;

    private ulong[] _entries = [];
    private int _count;

    /// <summary>The entries there are now; later ones are added behind them, and these never change.</summary>
    public ReadOnlySpan<ulong> Entries
    {
        get
        {
            // The count before the array: a later array holds at least as many.
            int count = Volatile.Read(ref _count);
            return Volatile.Read(ref _entries).AsSpan(0, count);
        }
    }

    public static long OffsetOf(ulong entry) => (uint)entry;

    public long SequenceOf(ulong entry) => firstSequence + (long)(entry >> OffsetBits);

    /// <summary>Tells of a record; it becomes an entry if it is far enough behind the one before.</summary>
    public void Offer(long sequence, long offset)
    {
        if (_count == 0 || offset - OffsetOf(_entries[_count - 1]) >= Spacing)
        {
            Add(sequence, offset);
        }
    }

    /// <summary>Makes a record an entry, however near the one before it is: what lies between is not to be stepped over.</summary>
    public void Add(long sequence, long offset)
    {
        int count = _count;
        if (count == _entries.Length)
        {
            ulong[] grown = new ulong[Math.Max(16, count * 2)];
            _entries.CopyTo(grown, 0);
            Volatile.Write(ref _entries, grown);
        }

        _entries[count] = ((ulong)(sequence - firstSequence) << OffsetBits) | (uint)offset;
        Volatile.Write(ref _count, count + 1);
    }

    /// <summary>
    /// The last entry at or before a sequence that is in the segment, or the first record for one before it: its sequence and offset.
    /// </summary>
    public (long Sequence, long Offset) Locate(long sequence)
    {
        ReadOnlySpan<ulong> entries = Entries;
        int entry = Math.Max(Floor(entries, sequence), 0);
        return (SequenceOf(entries[entry]), OffsetOf(entries[entry]));
    }

    /// <summary>The last entry whose sequence is not above this one; -1 if there is none.</summary>
    public int Floor(ReadOnlySpan<ulong> entries, long sequence) => SortedSearch.CountWhile(entries, new UpTo(this, sequence)) - 1;

    private readonly struct UpTo(SparseIndex index, long sequence) : SortedSearch.ICondition<ulong>
    {
        public bool Holds(in ulong item) => index.SequenceOf(item) <= sequence;
    }
}
