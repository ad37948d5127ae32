using System.Collections.Immutable;
using MessageQueue.Diagnostics;
using MessageQueue.Pipeline;
using MessageQueue.State;

namespace MessageQueue.Handlers.Durable;

/// <summary>
/// Runs the observers of one namespace. While there are observers, every emitted event is pending for a session that belongs to the server,
/// and this is its client: it gets each event, shows it to the observers, and acknowledges. So a slow observer falls behind like any
/// receiver, and events that it has not seen come again after a crash.
/// </summary>
#pragma warning disable CA1001 // A CancellationTokenSource without a timer has nothing to free.
internal sealed class Observers(Namespace ns) : InProcessConnection(ns, ServerSessions.Observers, Window)
#pragma warning restore CA1001
{
    // Small, because events are observed one at a time: a larger window would only take more memory.
    private const int Window = 256;

    private readonly SerialQueue _work = new(ns.HandlerHost.Running);
    private readonly CancellationTokenSource _stopping = new();
    private ImmutableArray<(Func<ReceivedEvent, Task> Observe, HandlerOptions Options)> _observers = [];
    private volatile bool _isAttached;

    /// <summary>Whether emitted events must be observed.</summary>
    public bool IsAttached => _isAttached;

    /// <summary>Whether there are observers.</summary>
    public bool HasAny => !_observers.IsEmpty;

    /// <summary>Adds an observer.</summary>
    public void Add(Func<ReceivedEvent, Task> observe, HandlerOptions options)
    {
        ImmutableInterlocked.Update(ref _observers, static (all, added) => all.Add(added), (observe, options));
        if (Namespace.HandlerHost.Commands.IsStarted)
        {
            _ = StartObservingAsync();
        }
    }

    /// <summary>Begins to receive events, if there are observers. Called when the server starts.</summary>
    public Task StartAsync() => _observers.IsEmpty ? Task.CompletedTask : StartObservingAsync();

    /// <summary>Shows no more events. An observer that runs goes on, but is not tried again.</summary>
    public void Stop() => _stopping.Cancel();

    /// <inheritdoc />
    protected override void Deliver(StoredEvent storedEvent, bool redelivered) => _work.Enqueue(() => ShowAsync(storedEvent, redelivered));

    /// <inheritdoc />
    public override void Gap(in Gap gap) =>
        HandlersLog.EventsNotObserved(Namespace.HandlerHost.Logger, Namespace.Name, gap.From, gap.To, gap.Count);

    private async Task StartObservingAsync()
    {
        await AttachAsync().ConfigureAwait(false);
        _isAttached = true;
    }

    // An event that was not shown to all observers is not acknowledged, so it comes again after the next start.
    private async Task ShowAsync(StoredEvent storedEvent, bool redelivered)
    {
        ReceivedEvent received = ReceivedEvent.Of(Namespace.HandlerHost.Json, storedEvent, redelivered);
        foreach ((Func<ReceivedEvent, Task> observe, HandlerOptions options) in _observers)
        {
            if (_stopping.IsCancellationRequested
                || !await Namespace.HandlerHost.Runner.ObserveAsync(observe, options, received, Namespace.Name, _stopping.Token)
                    .ConfigureAwait(false))
            {
                return;
            }
        }

        // The window bounds how many of these calls can wait for the apply loop.
        Broker broker = Namespace.HandlerHost.Commands.Broker;
        broker.Post(ApplyInput.Call(_ =>
        {
            if (Client!.ConnectionWindow?.SessionDelivery is { } delivery)
            {
                broker.Acknowledgements.Acknowledge(delivery, storedEvent.Sequence);
            }
        }));
    }
}
