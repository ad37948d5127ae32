using System.Text.Json;
using MessageQueue.Tests.EndToEnd;

namespace MessageQueue.Tests.Crash;

/// <summary>One connection of a <see cref="Receiver"/>: it checks the order of the events, and counts those still to come.</summary>
internal sealed class ReceiverConnection
{
    private readonly Lock _lock = new();
    private readonly HashSet<long> _missing;
    private long _counted;
    private readonly TaskCompletionSource _caughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="client">The connection.</param>
    /// <param name="pending">The numbers that must come.</param>
    /// <param name="onEvent">Called for each event, in order.</param>
    public ReceiverConnection(EventClient client, HashSet<long> pending, Func<JsonElement, Task> onEvent)
    {
        Client = client;
        _missing = pending;
        // The welcome may count more than that, because a crash may lose acknowledgements.
        _counted = client.Welcome.GetProperty("pending").GetInt64();
        CompleteIfCaughtUp();
        Ended = ReadAsync(onEvent);
    }

    /// <summary>The connection.</summary>
    public EventClient Client { get; }

    /// <summary>The number of the last event.</summary>
    public long Last { get; private set; }

    /// <summary>Completes when all pending events have come. Faults if the connection ends before that.</summary>
    public Task CaughtUp => _caughtUp.Task;

    /// <summary>Completes when the connection has ended and everything on it was read.</summary>
    public Task Ended { get; }

    /// <summary>Describes what has not come, for a message.</summary>
    public string DescribeMissing()
    {
        lock (_lock)
        {
            return $"{_missing.Count} pending events, {string.Join(", ", _missing.Order().Take(10))}, "
                + $"and {_counted} of those that the welcome counted";
        }
    }

    private async Task ReadAsync(Func<JsonElement, Task> onEvent)
    {
        try
        {
            await foreach (JsonElement frame in Client.Frames("event").ReadAllAsync())
            {
                long number = frame.GetProperty("id").GetInt64();
                number.Should().BeGreaterThan(Last, "a connection gets its events in the order of their numbers");
                await onEvent(frame);
                Count(number);
            }
        }
        finally
        {
            _caughtUp.TrySetException(new InvalidOperationException($"The connection ended without {DescribeMissing()}"));
            // Observed here, because a receiver that has caught up no longer looks at it.
            _ = _caughtUp.Task.Exception;
        }
    }

    private void Count(long number)
    {
        lock (_lock)
        {
            Last = number;
            _missing.Remove(number);
            _counted--;
        }

        CompleteIfCaughtUp();
    }

    private void CompleteIfCaughtUp()
    {
        lock (_lock)
        {
            if (_missing.Count == 0 && _counted <= 0)
            {
                _caughtUp.TrySetResult();
            }
        }
    }
}
