using System.Collections.Concurrent;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Crash;

/// <summary>
/// Remembers what the server has promised, over all its lives, and records every broken promise. An event that was sent and not answered
/// may be stored or not; an event that was acknowledged must be stored. Thread-safe.
/// </summary>
internal sealed class AckOracle
{
    // One fault often breaks thousands of promises.
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

    /// <summary>The first broken promises.</summary>
    public IReadOnlyCollection<string> Violations => _violations;

    /// <summary>The number of events that were acknowledged.</summary>
    public int Acknowledgements => _acknowledged.Count;

    /// <summary>Records a broken promise.</summary>
    public void Violated(string what)
    {
        if (_violations.Count < MaxViolations)
        {
            _violations.Enqueue(what);
        }
    }

    /// <summary>Records that an event is about to be sent, or sent again because its answer was lost with the server.</summary>
    public void Sending(CrashEvent sent) => _sent.TryAdd(sent.Reference, sent);

    /// <summary>Records that the server answered that it has stored the event under this number.</summary>
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

    /// <summary>Records that the server sent any client this number for the event. No client may ever get another one.</summary>
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

    /// <summary>Checks that every life of the server names the same log.</summary>
    public void Log(string id)
    {
        string first = Interlocked.CompareExchange(ref _log, id, null) ?? id;
        if (first != id)
        {
            Violated($"the log was {first} and is {id}");
        }
    }

    /// <summary>Returns the numbers of all acknowledged events for any of these rooms.</summary>
    public HashSet<long> AcknowledgedIn(IReadOnlyCollection<string> rooms) =>
        [.. _acknowledged.Keys.Where(reference => _sent[reference].Rooms.Any(rooms.Contains)).Select(reference => _numbers[reference])];

    /// <summary>Waits until this many more events have been acknowledged.</summary>
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
