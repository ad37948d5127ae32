using MessageQueue.State.Records;

namespace MessageQueue.State.Keys;

/// <summary>
/// What is remembered of the events of durable handlers until they are finished: how often a handler began again, and under which keys it
/// has emitted. Of the server's own session, and part of the fold.
/// </summary>
internal sealed class HandledEvents
{
    /// <summary>
    /// Keys of all unfinished events of a namespace together. Beyond it no more are remembered; those that are there stay.
    /// </summary>
    public const int MaxKeys = 65_536;

    private readonly SortedDictionary<long, HandledEvent> _events = [];
    private int _keys;

    /// <summary>The events, by number.</summary>
    public IReadOnlyCollection<KeyValuePair<long, HandledEvent>> Items => _events;

    /// <summary>How often the handler of this event began again after a restart.</summary>
    public int StartsOf(long number) => _events.TryGetValue(number, out HandledEvent? found) ? found.Starts : 0;

    /// <summary>The handler of this event begins again.</summary>
    public void Start(long number) => Open(number).Starts++;

    /// <summary>Adds an event that a snapshot holds.</summary>
    public void Restore(long number, int starts) => Open(number).Starts = starts;

    /// <summary>Whether an emit under this key was stored while this event was handled, and with which number.</summary>
    public bool TryGet(long number, string key, out long sequence)
    {
        sequence = 0;
        return _events.TryGetValue(number, out HandledEvent? found) && found.Keys.TryGetValue(key, out sequence);
    }

    /// <summary>Remembers an emit, where there is room.</summary>
    public void Add(long number, string key, long sequence)
    {
        if (_keys < MaxKeys && Open(number).Keys.TryAdd(key, sequence))
        {
            _keys++;
        }
    }

    /// <summary>Forgets what is finished.</summary>
    /// <param name="progress">What the log says of the session: not what is true already, which a restart would not know.</param>
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
