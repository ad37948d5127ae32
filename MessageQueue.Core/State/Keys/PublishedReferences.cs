using System.Text;

namespace MessageQueue.State.Keys;

/// <summary>
/// The last references under which something was published without a session, and the numbers of those events. They make repeating a
/// request harmless. A reference belongs to its namespace. The limit counts over all namespaces, because a client can create as many of
/// them as it likes.
/// </summary>
internal sealed class PublishedReferences(int capacity = PublishedReferences.Capacity)
{
    /// <summary>How many are remembered: an hour of four requests a second, in about two megabytes.</summary>
    public const int Capacity = 16_384;

    private readonly Dictionary<(string Namespace, string Reference), long> _sequences = [];
    private readonly Queue<(string Namespace, string Reference)> _order = new();

    /// <summary>How many are remembered now.</summary>
    public int Count => _order.Count;

    /// <summary>The references with their namespaces and their events' numbers, the oldest first.</summary>
    public IEnumerable<(string Namespace, string Reference, long Sequence)> InOrder =>
        _order.Select(key => (key.Namespace, key.Reference, _sequences[key]));

    /// <summary>Finds the event of this reference in this namespace, if there is one.</summary>
    public bool TryGet(string ns, ReadOnlySpan<byte> reference, out long sequence) =>
        _sequences.TryGetValue((ns, Encoding.UTF8.GetString(reference)), out sequence);

    /// <summary>Remembers a new reference, and forgets the oldest beyond the capacity.</summary>
    public void Add(string ns, ReadOnlySpan<byte> reference, long sequence) => Add(ns, Encoding.UTF8.GetString(reference), sequence);

    /// <inheritdoc cref="Add(string, ReadOnlySpan{byte}, long)" />
    public void Add(string ns, string reference, long sequence)
    {
        if (_order.Count == capacity)
        {
            _sequences.Remove(_order.Dequeue());
        }

        _order.Enqueue((ns, reference));
        _sequences.Add((ns, reference), sequence);
    }
}
