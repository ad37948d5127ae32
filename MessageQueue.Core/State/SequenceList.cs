using System.Collections;
using MessageQueue.Storage;

namespace MessageQueue.State;

/// <summary>Ascending sequences: added at the end, removed in ranges. Eight bytes each.</summary>
internal sealed class SequenceList : IReadOnlyList<long>
{
    private long[] _items = [];
    private int _head;
    private int _end;

    /// <summary>An empty list, to which nothing may be added.</summary>
    public static SequenceList Empty { get; } = new();

    /// <summary>The number of sequences.</summary>
    public int Count => _end - _head;

    /// <summary>The sequence at this index, counted from the front.</summary>
    public long this[int index] => _items[_head + index];

    /// <summary>The last sequence; 0 if there is none.</summary>
    public long Last => _end == _head ? 0 : _items[_end - 1];

    /// <summary>Appends a sequence greater than the last.</summary>
    public void Add(long sequence)
    {
        if (_end == _items.Length)
        {
            MakeRoom();
        }

        _items[_end++] = sequence;
    }

    /// <summary>Returns the index of the first sequence greater than this one; <see cref="Count"/> if there is none.</summary>
    public int IndexAfter(long sequence)
    {
        if (Last <= sequence)
        {
            return Count;
        }

        int index = _items.AsSpan(_head, Count).BinarySearch(sequence);
        return index >= 0 ? index + 1 : ~index;
    }

    /// <summary>Whether this sequence is in the list.</summary>
    public bool Contains(long sequence)
    {
        int index = IndexAfter(sequence - 1);
        return index < Count && this[index] == sequence;
    }

    /// <summary>Removes a range, and frees memory if much of it is unused then.</summary>
    public void Remove(SequenceRange range)
    {
        int first = _head + IndexAfter(range.First - 1);
        int end = _head + IndexAfter(range.Last);
        if (first == _head)
        {
            // The oldest are mostly removed first, and that moves nothing.
            _head = end;
        }
        else
        {
            Array.Copy(_items, end, _items, first, _end - end);
            _end -= end - first;
        }

        if (Count == 0)
        {
            _items = [];
            _head = _end = 0;
        }
        else if (first != end && _items.Length > 16 && _items.Length > 4 * Count)
        {
            _items = _items.AsSpan(_head, Count).ToArray();
            _head = 0;
            _end = _items.Length;
        }
    }

    /// <inheritdoc />
    public IEnumerator<long> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    /// <inheritdoc />
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void MakeRoom()
    {
        int count = Count;
        // Removing at the front only moves the head: reuse that room if it is at least half, else double.
        long[] target = _head > _items.Length / 2 ? _items : new long[Math.Max(4, count * 2)];
        Array.Copy(_items, _head, target, 0, count);
        _items = target;
        _head = 0;
        _end = count;
    }
}
