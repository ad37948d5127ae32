using System.Collections.Immutable;
using MessageQueue.Diagnostics;
using MessageQueue.Pipeline;
using MessageQueue.State;

namespace MessageQueue.Handlers.Durable;

/// <summary>
/// The observers of one namespace. A session of the server's own is owed every event that is emitted while they are there, and this is its
/// client: it gets each event, shows it to the observers, and acknowledges. So a slow one lags as any receiver does, and what it had not
/// seen comes again after a crash.
/// </summary>
#pragma warning disable CA1001 // A source of cancellation without a timer holds nothing to free.
internal sealed class Observers(Namespace ns) : InProcessConnection(ns, ServerSessions.Observers, Window)
#pragma warning restore CA1001
{
    // They run one at a time: more would only be more memory.
    private const int Window = 256;

    private readonly SerialQueue _work = new(ns.HandlerHost.Running);
    private readonly CancellationTokenSource _stopping = new();
    private ImmutableArray<(Func<ReceivedEvent, Task> Observe, HandlerOptions Options)> _observers = [];
    private volatile bool _isAttached;

    /// <summary>Whether events are to be observed.</summary>
    public bool IsAttached => _isAttached;

    /// <summary>Adds one.</summary>
    public void Add(Func<ReceivedEvent, Task> observe, HandlerOptions options)
    {
        ImmutableInterlocked.Update(ref _observers, static (all, added) => all.Add(added), (observe, options));
        if (Namespace.HandlerHost.Commands.IsStarted)
        {
            _ = StartObservingAsync();
        }
    }

    /// <summary>The server runs.</summary>
    public Task StartAsync() => _observers.IsEmpty ? Task.CompletedTask : StartObservingAsync();

    /// <summary>Begins nothing more. What has begun goes on, but is not tried again.</summary>
    public void Stop() => _stopping.Cancel();

    /// <inheritdoc />
    protected override void Deliver(StoredEvent storedEvent, bool redelivered) => _work.Enqueue(() => ShowAsync(storedEvent, redelivered));

    /// <inheritdoc />
    public override void Gap(in Gap gap) => HandlersLog.EventsNotObserved(Namespace.HandlerHost.Logger, Namespace.Name, gap.From, gap.To, gap.Count);

    private async Task StartObservingAsync()
    {
        await AttachAsync().ConfigureAwait(false);
        _isAttached = true;
    }

    // What is not shown to all of them is not acknowledged, and comes again after the next start.
    private async Task ShowAsync(StoredEvent storedEvent, bool redelivered)
    {
        ReceivedEvent received = ReceivedEvent.Of(Namespace.HandlerHost.Json, storedEvent, redelivered);
        foreach ((Func<ReceivedEvent, Task> observe, HandlerOptions options) in _observers)
        {
            if (_stopping.IsCancellationRequested || !await Namespace.HandlerHost.Runner.ObserveAsync(observe, options, received, Namespace.Name, _stopping.Token).ConfigureAwait(false))
            {
                return;
            }
        }

        // No more of these are under way than the window has events.
        Broker broker = Namespace.HandlerHost.Commands.Broker;
        broker.Post(ApplyInput.Call(_ =>
        {
            if (Client!.ConnectionWindow?.SessionDelivery is { } session)
            {
                broker.Acknowledgements.Acknowledge(session, storedEvent.Sequence);
            }
        }));
    }
}
