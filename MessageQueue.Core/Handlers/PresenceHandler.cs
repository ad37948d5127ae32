using System.Text;
using MessageQueue.Pipeline;
using MessageQueue.Presence;
using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Handlers;

/// <summary>
/// Code of the app that watches a room. It gets one change at a time, on the thread pool. A few may wait for it; beyond that it is told a
/// new state when it has caught up.
/// </summary>
internal sealed class PresenceHandler(Namespace ns, string room, Func<PresenceChange, Task> handler) : Watcher, IDisposable
{
    private const int MaxWaiting = 16;

    private readonly SerialQueue _work = new(ns.HandlerHost.Running);
    private bool _isStarted;
    private volatile bool _isDisposed;
    private int _waiting;

    /// <summary>Begins to watch. Called once the server has started.</summary>
    public void Start()
    {
        if (!Interlocked.Exchange(ref _isStarted, true))
        {
            Post(loop =>
            {
                if (!_isDisposed)
                {
                    loop.Presence.Watch(this, ns.Name, room);
                }
            });
        }
    }

    /// <inheritdoc />
    public override bool TryTell(PresenceMessage message)
    {
        if (_waiting == MaxWaiting)
        {
            return false;
        }

        PresenceChange change = Read(message);
        _waiting++;
        _work.Enqueue(() => RunAsync(change));
        return true;
    }

    /// <summary>Ends the watch. A call that runs goes on; no other begins.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        ns.Remove(this);
        if (ns.HandlerHost.Commands.IsStarted)
        {
            Post(loop => loop.Presence.Unwatch(this, ns.Name, room));
        }
    }

    private async Task RunAsync(PresenceChange change)
    {
        if (!_isDisposed)
        {
            await ns.HandlerHost.Runner.NotifyAsync("presence", ns.Name, [() => handler(change)]).ConfigureAwait(false);
        }

        Post(loop =>
        {
            _waiting--;
            if (IsBlocked)
            {
                loop.Presence.Drained(this);
            }
        });
    }

    private void Post(Action<ApplyLoop> apply) => ns.HandlerHost.Commands.Broker.Post(ApplyInput.Once(apply));

    private PresenceChange Read(PresenceMessage message) => new(room)
    {
        IsState = message is { Members: not null, Part: 1 },
        Joined = [.. (message.Members ?? message.Joined).Select(
            entry => new PresentSession(ns.HandlerHost.Json, SessionOf(entry), entry.Data))],
        Left = [.. message.Left.Select(SessionOf)],
        Count = message.Count,
        IsCountOnly = message.IsCountOnly,
    };

    private Session SessionOf(PresenceEntry entry) =>
        ns.HandlerHost.Commands.Broker.State.Sessions.TryGetValue(entry.SessionId, out SessionState? session)
            ? ns.HandlerHost.SessionOf(session)
            : ns.HandlerHost.SessionOf(ns, entry.SessionId, Encoding.UTF8.GetString(entry.Address.Span));
}
