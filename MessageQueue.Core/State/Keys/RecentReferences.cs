using System.Text;

namespace MessageQueue.State.Keys;

/// <summary>
/// The last 1,024 references that a session used for its emits, and the numbers of those events. They make repeating an emit harmless.
/// </summary>
/// <remarks>
/// A hash table over a ring, with the references as UTF-8 in a ring of bytes: there may be one reference for every event, so remembering
/// one makes no object. Both rings grow with what is in them, and are never larger than 1,024 references need.
/// </remarks>
internal sealed class RecentReferences
{
    /// <summary>How many are remembered; fixed by the protocol.</summary>
    public const int Capacity = 1024;

    private const int FirstEntries = 4;
    private const int FirstBytes = 64;

    private struct Entry
    {
        public long Sequence;
        public int Hash;
        public int Start;
        public short Length;

        // The place of the next older entry of the same bucket, plus 1; 0 for none.
        public short Older;
    }

    // The oldest is at _first; the length is a power of two. Entry and bucket at the same place have nothing to do with each other.
    private Entry[] _entries = [];
    private short[] _buckets = [];
    private byte[] _text = [];
    private int _first;
    private int _textEnd;

    /// <summary>How many are remembered now.</summary>
    public int Count { get; private set; }

    /// <summary>The references and their events' numbers, the oldest first.</summary>
    public IEnumerable<(string Reference, long Sequence)> InOrder
    {
        get
        {
            for (int i = 0; i < Count; i++)
            {
                Entry entry = _entries[PlaceOf(i)];
                yield return (Encoding.UTF8.GetString(_text, entry.Start, entry.Length), entry.Sequence);
            }
        }
    }

    /// <summary>Finds the event of this reference, if there is one.</summary>
    public bool TryGet(ReadOnlySpan<byte> reference, out long sequence)
    {
        int hash = Hash(reference);
        int place = Count == 0 ? 0 : _buckets[BucketOf(hash)];
        while (place > 0)
        {
            ref Entry entry = ref _entries[place - 1];
            if (entry.Hash == hash && TextOf(entry).SequenceEqual(reference))
            {
                sequence = entry.Sequence;
                return true;
            }

            place = entry.Older;
        }

        sequence = 0;
        return false;
    }

    /// <summary>Remembers a new reference, and forgets the oldest beyond <see cref="Capacity"/>.</summary>
    public void Add(string reference, long sequence) => Add(Encoding.UTF8.GetBytes(reference), sequence);

    /// <summary>Remembers a new reference, and forgets the oldest beyond <see cref="Capacity"/>.</summary>
    public void Add(ReadOnlySpan<byte> reference, long sequence)
    {
        if (Count == Capacity)
        {
            RemoveOldest();
        }
        else if (Count == _entries.Length)
        {
            Grow();
        }

        int start = TakeText(Math.Max(1, reference.Length));
        reference.CopyTo(_text.AsSpan(start));
        int place = PlaceOf(Count++);
        _entries[place] = new Entry { Sequence = sequence, Hash = Hash(reference), Start = start, Length = (short)reference.Length };
        Link(place);
    }

    private static int Hash(ReadOnlySpan<byte> reference)
    {
        // Seeded at random in every process, so that nobody can choose references that collide.
        HashCode hash = default;
        hash.AddBytes(reference);
        return hash.ToHashCode();
    }

    private int BucketOf(int hash) => hash & (_buckets.Length - 1);

    private int PlaceOf(int index) => (_first + index) & (_entries.Length - 1);

    private ReadOnlySpan<byte> TextOf(in Entry entry) => _text.AsSpan(entry.Start, entry.Length);

    private void Link(int place)
    {
        ref short bucket = ref _buckets[BucketOf(_entries[place].Hash)];
        _entries[place].Older = bucket;
        bucket = (short)(place + 1);
    }

    // The oldest is the last of its chain.
    private void RemoveOldest()
    {
        ref short link = ref _buckets[BucketOf(_entries[_first].Hash)];
        while (link - 1 != _first)
        {
            link = ref _entries[link - 1].Older;
        }

        link = 0;
        _first = PlaceOf(1);
        Count--;
    }

    private void Grow()
    {
        Entry[] grown = new Entry[Math.Max(FirstEntries, _entries.Length * 2)];
        for (int i = 0; i < Count; i++)
        {
            grown[i] = _entries[PlaceOf(i)];
        }

        _entries = grown;
        _buckets = new short[grown.Length];
        _first = 0;
        for (int i = 0; i < Count; i++)
        {
            Link(i);
        }
    }

    // Returns where in the text there is room for so many bytes together. The texts lie in the order of the entries, around the end.
    private int TakeText(int bytes)
    {
        if (Count == 0)
        {
            _textEnd = 0;
        }

        int oldest = Count == 0 ? 0 : _entries[_first].Start;
        bool isWrapped = Count > 0 && _textEnd <= oldest;
        if (!isWrapped && _text.Length - _textEnd < bytes && bytes < oldest)
        {
            _textEnd = 0;
        }
        else if ((isWrapped ? oldest - 1 : _text.Length) - _textEnd < bytes)
        {
            GrowText(bytes);
        }

        int start = _textEnd;
        _textEnd += bytes;
        return start;
    }

    private void GrowText(int bytes)
    {
        int used = 0;
        for (int i = 0; i < Count; i++)
        {
            used += Math.Max(1, (int)_entries[PlaceOf(i)].Length);
        }

        byte[] grown = new byte[Math.Max(FirstBytes, Math.Max(used * 2, used + bytes))];
        _textEnd = 0;
        for (int i = 0; i < Count; i++)
        {
            ref Entry entry = ref _entries[PlaceOf(i)];
            TextOf(entry).CopyTo(grown.AsSpan(_textEnd));
            entry.Start = _textEnd;
            _textEnd += Math.Max(1, (int)entry.Length);
        }

        _text = grown;
    }
}
