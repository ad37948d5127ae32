using System.Collections.Immutable;
using MessageQueue.Connections;
using MessageQueue.Diagnostics;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.State;
using MessageQueue.Transport;

namespace MessageQueue.Handlers.Durable;

/// <summary>
/// The observers of one namespace. A session of the server's own is owed every event that is emitted while they are there, and this is its client: it gets each event,
/// shows it to the observers, and acknowledges. So a slow one lags as any receiver does, and what it had not seen comes again after a crash.
/// </summary>
#pragma warning disable CA1001 // A source of cancellation without a timer holds nothing to free.
internal sealed class Observers(Namespace ns) : IConnectionOutput, IEventSink
#pragma warning restore CA1001
{
    // They run one at a time: more would only be more memory.
    private const int Window = 256;

    private readonly Lock _lock = new();
    private readonly SerialQueue _work = new(ns.HandlerHost.Running);
    private readonly CancellationTokenSource _stopping = new();
    private ImmutableArray<(Func<ReceivedEvent, Task> Observe, HandlerOptions Options)> _observers = [];
    private Task? _attached;
    private JsonConnection? _client;
    private volatile bool _isAttached;

    /// <inheritdoc />
    public int ClosedWith { get; private set; }

    /// <summary>Whether events are to be observed.</summary>
    public bool IsAttached => _isAttached;

    /// <summary>Adds one.</summary>
    public void Add(Func<ReceivedEvent, Task> observe, HandlerOptions options)
    {
        ImmutableInterlocked.Update(ref _observers, static (all, added) => all.Add(added), (observe, options));
        if (ns.HandlerHost.Commands.IsStarted)
        {
            _ = AttachAsync();
        }
    }

    /// <summary>The server runs.</summary>
    public Task StartAsync() => _observers.IsEmpty ? Task.CompletedTask : AttachAsync();

    /// <summary>Begins nothing more. What has begun goes on, but is not tried again.</summary>
    public void Stop() => _stopping.Cancel();

    /// <summary>Leaves the session. To be called when the observers have run.</summary>
    public async Task CloseAsync()
    {
        if (_client is { } client)
        {
            await client.OnClosedAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public void Deliver(StoredEvent storedEvent, bool redelivered) => _work.Enqueue(() => ShowAsync(storedEvent, redelivered));

    /// <inheritdoc />
    public void Miss(in Gap gap) => HandlersLog.EventsNotObserved(ns.HandlerHost.Logger, ns.Name, gap.From, gap.To, gap.Count);

    bool IConnectionOutput.TryWrite(ReadOnlySpan<byte> frame) => true;

    void IConnectionOutput.Write(ReadOnlySpan<byte> frame)
    {
    }

    void IConnectionOutput.Flush()
    {
    }

    void IConnectionOutput.Close(int code, string reason) => ClosedWith = code;

    private Task AttachAsync()
    {
        lock (_lock)
        {
            return _attached ??= AttachOnceAsync();
        }
    }

    private async Task AttachOnceAsync()
    {
        ConnectionParameters parameters = new() { Namespace = ns.Name, Session = ServerSessions.Observers, Window = Window };
        _client = new JsonConnection(ns.HandlerHost.Commands.Broker, this, parameters);
        await _client.AttachAsync().ConfigureAwait(false);
        _isAttached = true;
    }

    // What is not shown to all of them is not acknowledged, and comes again after the next start.
    private async Task ShowAsync(StoredEvent storedEvent, bool redelivered)
    {
        ReceivedEvent received = ReceivedEvent.Of(ns.HandlerHost.Json, storedEvent, redelivered);
        foreach ((Func<ReceivedEvent, Task> observe, HandlerOptions options) in _observers)
        {
            if (_stopping.IsCancellationRequested || !await ns.HandlerHost.Runner.ObserveAsync(observe, options, received, ns.Name, _stopping.Token).ConfigureAwait(false))
            {
                return;
            }
        }

        // No more of these are under way than the window has events.
        Broker broker = ns.HandlerHost.Commands.Broker;
        broker.Post(ApplyInput.Call(_ =>
        {
            if (_client!.ConnectionWindow?.SessionDelivery is { } session)
            {
                broker.Acknowledgements.Settle(session, storedEvent.Sequence);
            }
        }));
    }
}
