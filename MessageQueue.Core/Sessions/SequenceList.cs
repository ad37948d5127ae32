namespace MessageQueue.Sessions;

/// <summary>Ascending sequences, appended at the end and trimmed at the front. Eight bytes each.</summary>
internal sealed class SequenceList
{
    private long[] _items = [];
    private int _head;
    private int _end;

    /// <summary>How many there are.</summary>
    public int Count => _end - _head;

    /// <summary>The sequence at this place, counted from the front.</summary>
    public long this[int index] => _items[_head + index];

    /// <summary>The last sequence, 0 when there is none.</summary>
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

    /// <summary>The place of the first sequence greater than this one; <see cref="Count"/> when there is none.</summary>
    public int IndexAfter(long sequence)
    {
        if (Last <= sequence)
        {
            return Count;
        }

        int low = _head;
        int high = _end;
        while (low < high)
        {
            int middle = (int)(((uint)low + (uint)high) >> 1);
            if (_items[middle] <= sequence)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - _head;
    }

    /// <summary>Whether this sequence is in the list.</summary>
    public bool Contains(long sequence)
    {
        int index = IndexAfter(sequence - 1);
        return index < Count && this[index] == sequence;
    }

    private void MakeRoom()
    {
        int count = Count;
        // Trimming only moves the head: reuse that room while it is at least half, else double.
        long[] target = _head > _items.Length / 2 ? _items : new long[Math.Max(4, count * 2)];
        Array.Copy(_items, _head, target, 0, count);
        _items = target;
        _head = 0;
        _end = count;
    }
}
