using System.Text;

namespace MessageQueue.State.Keys;

/// <summary>
/// The last 1,024 references that a session used for its emits, and the numbers of those events. They make repeating an emit harmless.
/// </summary>
internal sealed class RecentReferences
{
    /// <summary>How many are remembered; fixed by the protocol.</summary>
    public const int Capacity = 1024;

    private readonly Dictionary<string, long> _sequences = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    /// <summary>How many are remembered now.</summary>
    public int Count => _order.Count;

    /// <summary>The references and their events' numbers, the oldest first.</summary>
    public IEnumerable<(string Reference, long Sequence)> InOrder => _order.Select(reference => (reference, _sequences[reference]));

    /// <summary>Finds the event of this reference, if there is one.</summary>
    public bool TryGet(ReadOnlySpan<byte> reference, out long sequence)
    {
        Span<char> chars = stackalloc char[Utf8Name.MaxChars];
        return _sequences.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(Utf8Name.Decode(reference, chars), out sequence);
    }

    /// <summary>Remembers a new reference, and forgets the oldest beyond <see cref="Capacity"/>.</summary>
    public void Add(ReadOnlySpan<byte> reference, long sequence) => Add(Encoding.UTF8.GetString(reference), sequence);

    /// <summary>Remembers a new reference, and forgets the oldest beyond <see cref="Capacity"/>.</summary>
    public void Add(string reference, long sequence)
    {
        if (_order.Count == Capacity)
        {
            _sequences.Remove(_order.Dequeue());
        }

        _order.Enqueue(reference);
        _sequences.Add(reference, sequence);
    }
}
