using System.Threading.Channels;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.Delivery;

/// <summary>
/// Reads events from the log for receivers that lag behind the cache, away from the apply loop, which must not wait for a disk.
/// </summary>
internal sealed class EventReader
{
    // Two: enough to keep a disk busy while one of them parses; more would only hold more memory.
    private const int Workers = 2;
    private const int MaxBytes = 256 << 10;

    private readonly record struct ReadRequest(SessionDelivery SessionDelivery, long[] Sequences);

    // At most one request per subscription is under way: that is the bound.
    private readonly Channel<ReadRequest> _requests = Channel.CreateUnbounded<ReadRequest>();
    private readonly IEventLog _log;
    private readonly Action<SessionDelivery, FetchedEvents> _fetched;
    private readonly Action<Exception> _failed;
    private readonly Task _workers;

    /// <param name="log">The log.</param>
    /// <param name="fetched">Given what was read. Called on any thread.</param>
    /// <param name="failed">Told that something could not be read. Called on any thread.</param>
    public EventReader(IEventLog log, Action<SessionDelivery, FetchedEvents> fetched, Action<Exception> failed)
    {
        _log = log;
        _fetched = fetched;
        _failed = failed;
        _workers = Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(RunAsync)));
    }

    /// <summary>Has these events read, ascending; as many of the first of them as a read takes are then given to the apply loop.</summary>
    public void Request(SessionDelivery subscription, long[] sequences) => _requests.Writer.TryWrite(new ReadRequest(subscription, sequences));

    /// <summary>Ends the workers.</summary>
    public Task StopAsync()
    {
        _requests.Writer.TryComplete();
        return _workers;
    }

    private async Task RunAsync()
    {
        await foreach (ReadRequest request in _requests.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                _fetched(request.SessionDelivery, Read(request.Sequences));
            }
#pragma warning disable CA1031 // An event that is owed to somebody was not read, and not because it is damaged: the server has failed, whatever the reason.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _failed(exception);
            }
        }
    }

    private FetchedEvents Read(long[] sequences)
    {
        try
        {
            return ReadTogether(sequences);
        }
        catch (LogDamagedException)
        {
            return sequences.Length > 1 ? ReadUpToDamage(sequences) : new FetchedEvents([], []) { Unreadable = sequences[0] };
        }
    }

    private FetchedEvents ReadTogether(ReadOnlySpan<long> sequences)
    {
        LogRecord[] records = new LogRecord[sequences.Length];
        int count = _log.Read(sequences, records, MaxBytes, out int consumed);
        OutgoingEvent[] events = new OutgoingEvent[count];
        for (int i = 0; i < count; i++)
        {
            events[i] = new OutgoingEvent(EmitRecord.Decode(records[i]));
        }

        // Whether they may be missing only the state can tell.
        long[] missing = count == consumed ? [] : [.. sequences[..consumed].ToArray().Except(events.Select(static read => read.Stored.Sequence))];
        return new FetchedEvents(events, missing) { Lost = FindLost(missing, count == 0 ? long.MaxValue : events[0].Stored.Sequence) };
    }

    private long[] FindLost(long[] missing, long before) =>
        missing.Length == 0 || _log is not ICheckedLog log ? [] : [.. missing.Where(sequence => sequence < before && log.IsLost(sequence))];

    // What comes before the damage is owed as well, and can be had. Half as many each time: rare, and soon done.
    private FetchedEvents ReadUpToDamage(long[] sequences) => Read(sequences[..(sequences.Length / 2)]);
}
