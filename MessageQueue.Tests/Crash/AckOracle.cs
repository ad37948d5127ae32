using System.Collections.Concurrent;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Crash;

/// <summary>
/// Remembers what the server has promised, over all its lives, and notes every promise that it breaks. What it was sent and did not answer
/// may have been stored or not; what it acknowledged has been. Thread-safe.
/// </summary>
internal sealed class AckOracle
{
    // One broken promise is often broken thousands of times.
    private const int MaxViolations = 20;

    private readonly ConcurrentDictionary<string, CrashEvent> _sent = new();
    private readonly ConcurrentDictionary<string, long> _numbers = new();
    private readonly ConcurrentDictionary<long, string> _references = new();
    private readonly ConcurrentDictionary<string, bool> _acknowledged = new();
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource _enough = new();
    private int _wanted = int.MaxValue;
    private string? _log;

    /// <summary>What went wrong first.</summary>
    public IReadOnlyCollection<string> Violations => _violations;

    /// <summary>How many events were acknowledged.</summary>
    public int Acknowledgements => _acknowledged.Count;

    /// <summary>Notes a broken promise.</summary>
    public void Violated(string what)
    {
        if (_violations.Count < MaxViolations)
        {
            _violations.Enqueue(what);
        }
    }

    /// <summary>An event is about to be sent; again, where its answer was lost with the server.</summary>
    public void Sending(CrashEvent sent) => _sent.TryAdd(sent.Reference, sent);

    /// <summary>The server answered that it has stored it under this number.</summary>
    public void Acknowledged(string reference, long number)
    {
        Numbered(reference, number);
        _acknowledged.TryAdd(reference, true);
        lock (_lock)
        {
            if (_acknowledged.Count >= _wanted)
            {
                _enough.TrySetResult();
            }
        }
    }

    /// <summary>The server said, to whomever, that the event has this number: nobody may ever hear otherwise.</summary>
    public CrashEvent? Numbered(string reference, long number)
    {
        long first = _numbers.GetOrAdd(reference, number);
        if (first != number)
        {
            Violated($"{reference} has number {first} and number {number}: it is stored twice");
        }

        string other = _references.GetOrAdd(number, reference);
        if (other != reference)
        {
            Violated($"number {number} is given to {other} and to {reference}");
        }

        if (!_sent.TryGetValue(reference, out CrashEvent? sent))
        {
            Violated($"number {number} is {reference}, which nobody sent");
        }

        return sent;
    }

    /// <summary>Every life of the server has to name the same log.</summary>
    public void Log(string id)
    {
        string first = Interlocked.CompareExchange(ref _log, id, null) ?? id;
        if (first != id)
        {
            Violated($"the log was {first} and is {id}");
        }
    }

    /// <summary>The numbers of all acknowledged events for any of these rooms.</summary>
    public HashSet<long> AcknowledgedIn(IReadOnlyCollection<string> rooms) =>
        [.. _acknowledged.Keys.Where(reference => _sent[reference].Rooms.Any(rooms.Contains)).Select(reference => _numbers[reference])];

    /// <summary>Waits until so many more events have been acknowledged.</summary>
    public async Task MoreAcknowledgementsAsync(int count)
    {
        lock (_lock)
        {
            _wanted = _acknowledged.Count + count;
            _enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        await _enough.Task.OrTimeout();
    }
}
