namespace MessageQueue.Storage.Segments;

/// <summary>
/// Finds where in a segment to start looking for a sequence. There is one entry for about every 4 KiB, always at the start of a record, so
/// that the bytes between two entries are whole records. One thread adds entries; any thread may read them.
/// </summary>
internal sealed class SparseIndex(long firstSequence)
{
    // About the size of a page: finding one record reads about as much as the device reads anyway. 8 bytes per entry is 0.2 % of the log.
    private const int Spacing = 4096;

    private const int OffsetBits = 32;

    private ulong[] _entries = [];
    private int _count;

    /// <summary>The current entries. They never change; later entries are added after them.</summary>
    public ReadOnlySpan<ulong> Entries
    {
        get
        {
            // Read the count before the array: a later array holds at least as many entries.
            int count = Volatile.Read(ref _count);
            return Volatile.Read(ref _entries).AsSpan(0, count);
        }
    }

    public static long OffsetOf(ulong entry) => (uint)entry;

    public long SequenceOf(ulong entry) => firstSequence + (long)(entry >> OffsetBits);

    /// <summary>Adds an entry for a record, if it is far enough after the last entry.</summary>
    public void AddIfSpaced(long sequence, long offset)
    {
        if (_count == 0 || offset - OffsetOf(_entries[_count - 1]) >= Spacing)
        {
            Add(sequence, offset);
        }
    }

    /// <summary>
    /// Adds an entry for a record, however near the last entry is, because the bytes between the two must not be read as records.
    /// </summary>
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
    /// Returns the sequence and offset of the last entry at or before a sequence of the segment; the first record if the sequence is before
    /// it.
    /// </summary>
    public (long Sequence, long Offset) Locate(long sequence)
    {
        ReadOnlySpan<ulong> entries = Entries;
        int entry = Math.Max(Floor(entries, sequence), 0);
        return (SequenceOf(entries[entry]), OffsetOf(entries[entry]));
    }

    /// <summary>Returns the index of the last entry whose sequence is not above this one; -1 if there is none.</summary>
    public int Floor(ReadOnlySpan<ulong> entries, long sequence) => SortedSearch.CountWhile(entries, new UpTo(this, sequence)) - 1;

    private readonly struct UpTo(SparseIndex index, long sequence) : SortedSearch.ICondition<ulong>
    {
        public bool Holds(in ulong item) => index.SequenceOf(item) <= sequence;
    }
}
