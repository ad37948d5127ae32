using System.Threading.Channels;
using MessageQueue.Client.Connections;
using MessageQueue.Client.Diagnostics;

namespace MessageQueue.Client.Receiving;

/// <summary>Brings events to their handlers and readers: one at a time and in order, unless the app allows several at once.</summary>
internal sealed class Dispatcher : IDisposable
{
    private readonly Channel<Delivery> _queue = Channel.CreateUnbounded<Delivery>();
    private readonly List<Delivery> _unhandled = [];
    private readonly Lock _lock = new();
    private readonly MessageQueueClientOptions _options;
    private readonly Notices _notices;
    private readonly ITimer _timer;
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private bool _isStopped;
    private bool _isTimerSet;

    public Dispatcher(MessageQueueClientOptions options, Notices notices)
    {
        _options = options;
        _notices = notices;
        _timer = options.TimeProvider.CreateTimer(_ => GiveUp(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Inbox = new Inbox(options, notices) { Handle = delivery => _queue.Writer.TryWrite(delivery) };
        for (int i = 0; i < options.MaxConcurrentHandlers; i++)
        {
            _ = RunAsync();
        }
    }

    /// <summary>Where events come from.</summary>
    public Inbox Inbox { get; }

    /// <summary>Where they go.</summary>
    public HandlerTable Handlers { get; } = new();

    /// <summary>Gives events that had no handler to a new one.</summary>
    public void TryUnhandled()
    {
        List<Delivery> again;
        lock (_lock)
        {
            again = [.. _unhandled];
            _unhandled.Clear();
        }

        again.ForEach(delivery => _queue.Writer.TryWrite(delivery));
    }

    /// <summary>Starts no handler any more. The task completes when those that run have finished.</summary>
    public Task StopAsync()
    {
        lock (_lock)
        {
            _isStopped = true;
            if (_running == 0)
            {
                _idle.TrySetResult();
            }
        }

        _queue.Writer.TryComplete();
        return _idle.Task;
    }

    public void Dispose()
    {
        _timer.Dispose();
        Inbox.Dispose();
    }

    private async Task RunAsync()
    {
        await foreach (Delivery delivery in _queue.Reader.ReadAllAsync())
        {
            if (TryBegin())
            {
                await DispatchAsync(delivery);
                End();
            }
        }
    }

    private bool TryBegin()
    {
        lock (_lock)
        {
            _running += _isStopped ? 0 : 1;
            return !_isStopped;
        }
    }

    private void End()
    {
        lock (_lock)
        {
            if (--_running == 0 && _isStopped)
            {
                _idle.TrySetResult();
            }
        }
    }

    private async Task DispatchAsync(Delivery delivery)
    {
        if (delivery.Message.Type == "gap")
        {
            TellGap(delivery);
            return;
        }

        (IReadOnlyList<Func<Delivery, Task>> handlers, EventQueue? queue) = Handlers.Find(delivery.Message.Event!);
        if (handlers.Count > 0)
        {
            if (Inbox.TryTake(delivery))
            {
                await HandleAsync(delivery, handlers);
            }
        }
        else if (queue is not null)
        {
            queue.Add(delivery);
        }
        else
        {
            Keep(delivery);
        }
    }

    private async Task HandleAsync(Delivery delivery, IReadOnlyList<Func<Delivery, Task>> handlers)
    {
        using ProcessActivity activity = ClientTelemetry.StartProcess(_options, delivery.Message);
        try
        {
            foreach (Func<Delivery, Task> handler in handlers)
            {
                await handler(delivery);
            }

            AcknowledgeByDefault(delivery);
        }
#pragma warning disable CA1031 // The code of an app may throw anything. It is told, and the event comes again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            activity.Failed(exception);
            TellFailure(delivery, exception);
            delivery.Reject();
        }
    }

    /// <summary>Tells that a handler threw, or that data could not be read.</summary>
    public void TellFailure(Delivery delivery, Exception exception) =>
        _notices.Tell(new ClientNotice(
            ClientNoticeKind.HandlerFailed, $"event {delivery.Message.Id} '{delivery.Message.Event}' failed: {exception.Message}")
        {
            Event = delivery.Message.Event,
            Number = delivery.Message.Id,
            Exception = exception,
        });

    private void TellGap(Delivery delivery)
    {
        string count = delivery.Message.Count is { } known ? $"{known} events" : "events";
        _notices.Tell(new ClientNotice(
            ClientNoticeKind.Gap, $"the server dropped {count} between {delivery.Message.GapFrom} and {delivery.Message.GapTo}")
        {
            From = delivery.Message.GapFrom,
            To = delivery.Message.GapTo,
            Count = delivery.Message.Count,
        });
        AcknowledgeByDefault(delivery);
    }

    private void AcknowledgeByDefault(Delivery delivery)
    {
        if (_options.AutoAcknowledge)
        {
            delivery.Acknowledge();
        }
    }

    private void Keep(Delivery delivery)
    {
        lock (_lock)
        {
            _unhandled.Add(delivery);
            if (!_isTimerSet && _options.UnhandledTimeout != Timeout.InfiniteTimeSpan)
            {
                _isTimerSet = true;
                _timer.Change(_options.UnhandledTimeout, Timeout.InfiniteTimeSpan);
            }
        }

        // A handler may have been added since this event looked for one.
        (IReadOnlyList<Func<Delivery, Task>> handlers, EventQueue? queue) = Handlers.Find(delivery.Message.Event!);
        if (handlers.Count > 0 || queue is not null)
        {
            TryUnhandled();
        }
    }

    // Acknowledges what has waited long enough, oldest first, and sets the timer for the rest.
    private void GiveUp()
    {
        Delivery[] due;
        lock (_lock)
        {
            due = [.. _unhandled.TakeWhile(delivery => Left(delivery) <= TimeSpan.Zero)];
            _unhandled.RemoveRange(0, due.Length);
            _isTimerSet = _unhandled.Count > 0;
            if (_isTimerSet)
            {
                _timer.Change(Left(_unhandled[0]), Timeout.InfiniteTimeSpan);
            }
        }

        foreach (Delivery delivery in due.Where(Inbox.TryTake))
        {
            _notices.Tell(new ClientNotice(
                ClientNoticeKind.Unhandled, $"event {delivery.Message.Id} '{delivery.Message.Event}' has no handler and is acknowledged")
            {
                Event = delivery.Message.Event,
                Number = delivery.Message.Id,
            });
            delivery.Acknowledge();
        }
    }

    private TimeSpan Left(Delivery delivery) =>
        _options.UnhandledTimeout - _options.TimeProvider.GetElapsedTime(delivery.ArrivedAt);
}
