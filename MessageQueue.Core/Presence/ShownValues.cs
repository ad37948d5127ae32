namespace MessageQueue.Presence;

/// <summary>What sessions show of themselves, as long as they are there. For the apply loop only.</summary>
internal sealed class ShownValues
{
    private readonly Dictionary<long, ReadOnlyMemory<byte>> _values = [];

    /// <summary>Returns what a session shows, JSON text; empty for nothing.</summary>
    public ReadOnlyMemory<byte> Of(long sessionId) => _values.GetValueOrDefault(sessionId);

    /// <summary>Sets what a session shows. Returns false if it was the same before.</summary>
    public bool Set(long sessionId, ReadOnlyMemory<byte> data)
    {
        if (Of(sessionId).Span.SequenceEqual(data.Span))
        {
            return false;
        }

        if (data.IsEmpty)
        {
            _values.Remove(sessionId);
        }
        else
        {
            _values[sessionId] = data;
        }

        return true;
    }

    /// <summary>Forgets what a session shows.</summary>
    public void Remove(long sessionId) => _values.Remove(sessionId);
}
