namespace MessageQueue.Benchmarks.Generator;

/// <summary>Keeps so many publications in flight: sent, and not yet acknowledged.</summary>
internal sealed class Publisher
{
    private readonly Connection _connection;
    private readonly int _inFlight;
    private readonly int _frameBytes;
    private readonly byte[] _burst;
    private readonly Func<long> _allowance;
    private readonly long _acknowledgedBefore;

    /// <param name="connection">Where it publishes.</param>
    /// <param name="frame">One publication; all are the same.</param>
    /// <param name="inFlight">How many are in flight at most.</param>
    /// <param name="allowance">How many may be sent in all, asked in each round: what keeps a server's receivers from falling behind
    /// without limit if it acknowledges before it delivers.</param>
    public Publisher(Connection connection, byte[] frame, int inFlight, Func<long>? allowance = null)
    {
        _connection = connection;
        _inFlight = inFlight;
        _frameBytes = frame.Length;
        _burst = [.. Enumerable.Repeat(frame, inFlight).SelectMany(bytes => bytes)];
        _allowance = allowance ?? (() => long.MaxValue);
        _acknowledgedBefore = connection.Tally.Acknowledged;
    }

    /// <summary>How many it has sent.</summary>
    public long Sent { get; private set; }

    /// <summary>How many the server has acknowledged.</summary>
    public long Acknowledged => _connection.Tally.Acknowledged - _acknowledgedBefore;

    /// <summary>Sends as many as may be in flight.</summary>
    public void Fill()
    {
        int count = (int)Math.Min(_inFlight - (Sent - Acknowledged), _allowance() - Sent);
        if (count > 0)
        {
            _connection.Send(_burst.AsSpan(0, count * _frameBytes));
            Sent += count;
        }
    }
}
