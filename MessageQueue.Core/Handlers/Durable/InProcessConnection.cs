using MessageQueue.Connections;
using MessageQueue.Delivery;
using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Handlers.Durable;

/// <summary>
/// A connection inside the server: the client of a session of the server's own. It takes events as they are stored, and has no use for
/// answers. Its window bounds what it is given.
/// </summary>
/// <param name="ns">The namespace.</param>
/// <param name="session">The session's name.</param>
/// <param name="window">How many events may be in flight.</param>
internal abstract class InProcessConnection(Namespace ns, string session, int window) : IConnection
{
    private readonly Lock _lock = new();
    private Task? _attached;

    /// <inheritdoc />
    public CloseReason? ClosedWith { get; private set; }

    /// <summary>The namespace.</summary>
    protected Namespace Namespace { get; } = ns;

    /// <summary>What it asks through; null before it was attached for the first time.</summary>
    protected ClientConnection? Client { get; private set; }

    /// <summary>Leaves the session. To be called when the handlers have run.</summary>
    public async Task CloseAsync()
    {
        if (Client is { } client)
        {
            await client.CloseAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public bool TryDeliver(OutgoingEvent outgoing, int target, bool redelivered)
    {
        Deliver(outgoing.Stored, redelivered);
        return true;
    }

    /// <inheritdoc />
    public virtual void Gap(in Gap gap)
    {
    }

    /// <inheritdoc />
    public void Close(CloseReason reason) => ClosedWith ??= reason;

    void IConnection.Welcome(in Welcome welcome)
    {
    }

    void IConnection.Acknowledged(ReadOnlySpan<byte> reference, long? id, ReadOnlySpan<byte> data, bool duplicate)
    {
    }

    void IConnection.Refused(ProtocolError error, ReadOnlySpan<byte> reference)
    {
    }

    void IConnection.Pong(ReadOnlySpan<byte> reference)
    {
    }

    /// <summary>Takes an event. Called by the apply loop; must not block or throw.</summary>
    protected abstract void Deliver(StoredEvent storedEvent, bool redelivered);

    /// <summary>Attaches the session, once. Completes when it is attached.</summary>
    protected Task AttachAsync()
    {
        lock (_lock)
        {
            return _attached ??= AttachOnceAsync();
        }
    }

    private Task AttachOnceAsync()
    {
        Client = new ClientConnection(Namespace.HandlerHost.Services, this, new ConnectionParameters { Namespace = Namespace.Name, Session = session, Window = window });
        return Client.AttachAsync();
    }
}
