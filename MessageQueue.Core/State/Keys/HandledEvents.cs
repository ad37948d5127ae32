using MessageQueue.State.Records;

namespace MessageQueue.State.Keys;

/// <summary>
/// What is remembered of the events of durable handlers until they are finished: how often a handler began again, and under which keys it
/// has emitted. It belongs to the server's own session and is part of the fold.
/// </summary>
internal sealed class HandledEvents
{
    /// <summary>
    /// The limit of keys of all unfinished events of a namespace together. Beyond it no more keys are remembered; known ones stay.
    /// </summary>
    public const int MaxKeys = 65_536;

    private readonly SortedDictionary<long, HandledEvent> _events = [];
    private int _keys;

    /// <summary>The events, by number.</summary>
    public IReadOnlyCollection<KeyValuePair<long, HandledEvent>> Items => _events;

    /// <summary>Returns how often the handler of this event began again after a restart.</summary>
    public int StartsOf(long number) => _events.TryGetValue(number, out HandledEvent? found) ? found.Starts : 0;

    /// <summary>Counts that the handler of this event begins again.</summary>
    public void Start(long number) => Open(number).Starts++;

    /// <summary>Adds an event from a snapshot.</summary>
    public void Restore(long number, int starts) => Open(number).Starts = starts;

    /// <summary>Finds the number of the event that was stored under this key while this event was handled, if there is one.</summary>
    public bool TryGet(long number, string key, out long sequence)
    {
        sequence = 0;
        return _events.TryGetValue(number, out HandledEvent? found) && found.Keys.TryGetValue(key, out sequence);
    }

    /// <summary>Remembers an emit if there is room.</summary>
    public void Add(long number, string key, long sequence)
    {
        if (_keys < MaxKeys && Open(number).Keys.TryAdd(key, sequence))
        {
            _keys++;
        }
    }

    /// <summary>Forgets the events that are finished.</summary>
    /// <param name="progress">What the log says about the session, not what is already true in memory: a restart would not know
    /// that.</param>
    public void Release(in Progress progress)
    {
        if (_events.Count == 0)
        {
            return;
        }

        List<long>? finished = null;
        int hole = 0;
        foreach (long number in _events.Keys)
        {
            if (number > progress.Cursor)
            {
                break;
            }

            while (hole < progress.Holes.Count && progress.Holes[hole] < number)
            {
                hole++;
            }

            if (hole == progress.Holes.Count || progress.Holes[hole] != number)
            {
                (finished ??= []).Add(number);
            }
        }

        foreach (long number in finished ?? [])
        {
            _events.Remove(number, out HandledEvent? removed);
            _keys -= removed!.Keys.Count;
        }
    }

    private HandledEvent Open(long number)
    {
        if (!_events.TryGetValue(number, out HandledEvent? found))
        {
            _events.Add(number, found = new HandledEvent());
        }

        return found;
    }
}
