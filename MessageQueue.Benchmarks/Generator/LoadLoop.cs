using System.Diagnostics;

namespace MessageQueue.Benchmarks.Generator;

/// <summary>
/// Drives all connections of a run from one thread. Publishers are asked for more once in a round, after all that came was read, so that
/// what they send goes out in few writes.
/// </summary>
internal sealed class LoadLoop : IDisposable
{
    // Larger than any frame that a server sends, and than a socket's receive buffer.
    private const int BufferBytes = 4 << 20;

    private readonly Epoll _epoll = new();
    private readonly List<Connection> _connections = [];
    private readonly List<(Connection Connection, Action<long> Send)> _senders = [];
    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly int[] _ready = new int[1024];

    /// <summary>All connections that were added.</summary>
    public IReadOnlyList<Connection> Connections => _connections;

    /// <summary>How many events have come on all connections together.</summary>
    public long Events { get; private set; }

    /// <summary>How long the rounds in which something came have taken together: what the generator needs, even if it spins.</summary>
    public TimeSpan Busy { get; private set; }

    /// <summary>Whether a round does not wait for a socket: for senders that go by the clock.</summary>
    public bool Spins { get; set; }

    /// <summary>Begins to read from a connection.</summary>
    public void Add(Connection connection)
    {
        connection.Number = _connections.Count;
        _connections.Add(connection);
        _epoll.Add(connection.Socket, connection.Number);
        connection.ReadRest();
        Events += connection.Tally.Events;
    }

    /// <summary>Calls this after every round, with the time. It sends on this connection.</summary>
    public void AddSender(Connection connection, Action<long> send) => _senders.Add((connection, send));

    /// <summary>No longer calls any sender.</summary>
    public void StopSenders() => _senders.Clear();

    /// <summary>Runs for this long.</summary>
    public void Run(TimeSpan time) => RunWhile(() => true, time);

    /// <summary>Runs until this is so.</summary>
    /// <exception cref="PeerException">It was not so within the time.</exception>
    public void RunUntil(Func<bool> condition, TimeSpan limit, string what)
    {
        RunWhile(() => !condition(), limit);
        if (!condition())
        {
            throw new PeerException($"{what} did not happen within {limit.TotalSeconds:0} s");
        }
    }

    /// <summary>Runs as long as this is so, and not longer than this time.</summary>
    public void RunWhile(Func<bool> condition, TimeSpan limit)
    {
        long until = Stopwatch.GetTimestamp() + (long)(limit.TotalSeconds * Stopwatch.Frequency);
        while (condition() && Round() < until)
        {
        }
    }

    public void Dispose()
    {
        foreach (Connection connection in _connections)
        {
            connection.Dispose();
        }

        _epoll.Dispose();
    }

    private long Round()
    {
        int count = _epoll.Wait(_ready, Spins ? 0 : 1);
        long now = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            Connection connection = _connections[_ready[i]];
            if (connection.HasUnsent)
            {
                connection.SendRest();
            }

            long before = connection.Tally.Events;
            connection.Receive(_buffer, now);
            Events += connection.Tally.Events - before;
            WatchWrites(connection);
        }

        foreach ((Connection connection, Action<long> send) in _senders)
        {
            send(now);
            if (connection.HasUnsent)
            {
                WatchWrites(connection);
            }
        }

        if (count > 0)
        {
            Busy += Stopwatch.GetElapsedTime(now);
        }

        return now;
    }

    // A socket that can be written to is ready all the time, so this is watched only while something waits for it.
    private void WatchWrites(Connection connection)
    {
        if (connection.HasUnsent != connection.IsWatchedForWrites)
        {
            connection.IsWatchedForWrites = connection.HasUnsent;
            _epoll.Watch(connection.Socket, connection.Number, connection.HasUnsent);
        }
    }
}
