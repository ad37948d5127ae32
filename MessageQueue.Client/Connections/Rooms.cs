namespace MessageQueue.Client.Connections;

/// <summary>The rooms in which the session should be. A new session, and another log, are told of them.</summary>
internal sealed class Rooms(IEnumerable<string> first)
{
    private const int MaxLeft = 1000;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _joined = [.. first];
    private readonly HashSet<string> _left = [];

    /// <summary>Returns the rooms to be in.</summary>
    public IReadOnlyCollection<string> Joined()
    {
        lock (_lock)
        {
            return [.. _joined];
        }
    }

    /// <summary>Returns the rooms that were left, which the copy of an older log may still have.</summary>
    public IReadOnlyCollection<string> Left()
    {
        lock (_lock)
        {
            return [.. _left];
        }
    }

    /// <summary>Notes that the server has joined the session to a room.</summary>
    public void Add(string room)
    {
        lock (_lock)
        {
            _joined.Add(room);
            _left.Remove(room);
        }
    }

    /// <summary>Notes that the session is to leave a room, or is not allowed to be there.</summary>
    public void Remove(string room)
    {
        lock (_lock)
        {
            if (_joined.Remove(room) && _left.Count < MaxLeft)
            {
                _left.Add(room);
            }
        }
    }
}
