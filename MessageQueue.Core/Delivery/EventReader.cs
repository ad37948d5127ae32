using System.Threading.Channels;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.Delivery;

/// <summary>
/// Reads events from the log for receivers that are behind the cache. It works beside the apply loop, which must not wait for a disk.
/// </summary>
internal sealed class EventReader
{
    // Two: enough to keep a disk busy while one of them parses. More would only hold more memory.
    private const int Workers = 2;
    private const int MaxBytes = 256 << 10;

    private readonly record struct ReadRequest(SessionDelivery SessionDelivery, long[] Sequences);

    // Bounded, because at most one request per session is under way.
    private readonly Channel<ReadRequest> _requests = Channel.CreateUnbounded<ReadRequest>();
    private readonly IEventLog _log;
    private readonly Action<SessionDelivery, FetchedEvents> _fetched;
    private readonly Action<Exception> _failed;
    private readonly Task _workers;

    /// <param name="log">The log.</param>
    /// <param name="fetched">Takes what was read. Called on any thread.</param>
    /// <param name="failed">Takes the exception if a read failed. Called on any thread.</param>
    public EventReader(IEventLog log, Action<SessionDelivery, FetchedEvents> fetched, Action<Exception> failed)
    {
        _log = log;
        _fetched = fetched;
        _failed = failed;
        _workers = Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(RunAsync)));
    }

    /// <summary>
    /// Requests these events, ascending. As many of the first of them as one read takes are then passed to the apply loop.
    /// </summary>
    public void Request(SessionDelivery delivery, long[] sequences) => _requests.Writer.TryWrite(new ReadRequest(delivery, sequences));

    /// <summary>Stops the workers.</summary>
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
#pragma warning disable CA1031 // A pending event was not read, and not because it is damaged: the server has failed, whatever the reason.
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

        // Only the state knows whether they may be missing.
        long[] missing = count == consumed
            ? []
            : [.. sequences[..consumed].ToArray().Except(events.Select(static read => read.Stored.Sequence))];
        return new FetchedEvents(events, missing) { Lost = FindLost(missing, count == 0 ? long.MaxValue : events[0].Stored.Sequence) };
    }

    private long[] FindLost(long[] missing, long before) =>
        missing.Length == 0 || _log is not ICheckedLog log ? [] : [.. missing.Where(sequence => sequence < before && log.IsLost(sequence))];

    // The events before the damage are pending as well and can be read. Halving the request each time finds them: damage is rare, and a few
    // tries are enough.
    private FetchedEvents ReadUpToDamage(long[] sequences) => Read(sequences[..(sequences.Length / 2)]);
}
