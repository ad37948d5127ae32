using MessageQueue.Routing;

namespace MessageQueue.Handlers;

/// <summary>
/// The calls of one session by their references, so that a repeated one joins the running call or gets its kept answer. In memory: a restart forgets them, and so do
/// the limits, oldest first. A call that failed is not kept: repeating it runs the handler again. Thread-safe.
/// </summary>
internal sealed class RecentCalls
{
    // The protocol's number for references; the bytes are what one session may cost beside.
    private const int MaxCount = 1024;
    private const int MaxBytes = 256 << 10;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Queue<Entry> _order = new();
    private int _bytes;

    private sealed class Entry(string reference)
    {
        public string Reference { get; } = reference;

        public List<ClientCall>? Joined { get; set; }

        public CallOutcome? Outcome { get; set; }
    }

    /// <summary>Whether this is the first of its kind, which has to run. Otherwise it is answered here, now or when the first is.</summary>
    public bool TryBegin(ClientCall call, string reference)
    {
        CallOutcome outcome;
        lock (_lock)
        {
            if (!_entries.TryGetValue(reference, out Entry? entry))
            {
                _entries.Add(reference, entry = new Entry(reference));
                _order.Enqueue(entry);
                Shrink();
                return true;
            }

            if (entry.Outcome is not { } known)
            {
                (entry.Joined ??= []).Add(call);
                return false;
            }

            outcome = known;
        }

        outcome.AnswerTo(call, null, duplicate: true);
        return false;
    }

    /// <summary>The first has come to this.</summary>
    public void Complete(string reference, CallOutcome outcome)
    {
        List<ClientCall>? joined = null;
        lock (_lock)
        {
            if (_entries.TryGetValue(reference, out Entry? entry) && entry.Outcome is null)
            {
                (joined, entry.Joined) = (entry.Joined, null);
                entry.Outcome = outcome;
                _bytes += outcome.Data.Length;
                if (outcome.Error is not null)
                {
                    _entries.Remove(reference);
                }

                Shrink();
            }
        }

        foreach (ClientCall call in joined ?? [])
        {
            outcome.AnswerTo(call, null, duplicate: true);
        }
    }

    // A call that is still running stays, whatever the limits say: those who joined it wait for it.
    private void Shrink()
    {
        while ((_order.Count > MaxCount || _bytes > MaxBytes) && _order.Peek().Outcome is { } outcome)
        {
            Entry oldest = _order.Dequeue();
            _bytes -= outcome.Data.Length;
            if (_entries.GetValueOrDefault(oldest.Reference) == oldest)
            {
                _entries.Remove(oldest.Reference);
            }
        }
    }
}
