using System.Runtime.InteropServices;
using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>
/// Stored events that follow each other and go to the same room, so that a receiver that is up to date can get them all at once. Dialects
/// keep their frames here. For the apply loop only.
/// </summary>
internal sealed class EventRun
{
    // What is sent together must fit into the window and the output of a receiver, or it is sent one by one.
    private const int MaxEvents = 128;
    private const int MaxBytes = 32 << 10;

    // The lists of excluded sessions are looked through for every receiver.
    private const int MaxExclusions = 8;

    private readonly List<StoredEvent> _events = [];
    private readonly List<long[]> _exclusions = [];
    private ReadOnlyMemory<byte>[] _frames = [];
    private int _bytes;

    /// <summary>The room; null if there are no events.</summary>
    public Room? Room { get; private set; }

    /// <summary>The events.</summary>
    public ReadOnlySpan<StoredEvent> Events => CollectionsMarshal.AsSpan(_events);

    /// <summary>Whether the server waits for an answer to one of them.</summary>
    public bool ExpectsReply { get; private set; }

    /// <summary>Adds an event. Returns false if it does not go with those before: then they must be published first.</summary>
    public bool TryAdd(Room room, StoredEvent storedEvent)
    {
        if (_events.Count > 0
            && (room != Room || _events.Count == MaxEvents || _bytes + storedEvent.PayloadBytes > MaxBytes))
        {
            return false;
        }

        if (storedEvent.Except.Length > 0 && !(_exclusions is [.., var last] && storedEvent.Except.AsSpan().SequenceEqual(last)))
        {
            if (_exclusions.Count == MaxExclusions)
            {
                return false;
            }

            _exclusions.Add(storedEvent.Except);
        }

        Room = room;
        ExpectsReply |= storedEvent.ExpectsReply;
        _events.Add(storedEvent);
        _bytes += storedEvent.PayloadBytes;
        return true;
    }

    /// <summary>Whether one of the events is not for this session.</summary>
    public bool Excludes(SessionState session)
    {
        foreach (long[] except in CollectionsMarshal.AsSpan(_exclusions))
        {
            if (Exclusions.Contain(except, session.Id))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Returns a reference to the frames of all events, which are empty until the dialect has made them.</summary>
    /// <param name="dialect">The dialect's number: see <see cref="DialectNumbers"/>.</param>
    public ref ReadOnlyMemory<byte> Frames(int dialect)
    {
        if (dialect >= _frames.Length)
        {
            Array.Resize(ref _frames, dialect + 1);
        }

        return ref _frames[dialect];
    }

    /// <summary>Removes all events.</summary>
    public void Clear()
    {
        Room = null;
        ExpectsReply = false;
        _events.Clear();
        _exclusions.Clear();
        _frames.AsSpan().Clear();
        _bytes = 0;
    }
}
