using MessageQueue.Connections;
using MessageQueue.Delivery;
using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Handlers.Durable;

/// <summary>
/// A connection inside the server: the client of a session that belongs to the server. It takes events as they are stored, and ignores
/// answers to requests. Its window limits how many events it gets at a time.
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

    /// <summary>Sends its requests to the broker; null before the first attach.</summary>
    protected ClientConnection? Client { get; private set; }

    /// <summary>Detaches from the session. Call it only after the handlers have finished.</summary>
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

    void IConnection.Acknowledged(ReadOnlySpan<byte> reference, long? id, EventData data, bool duplicate)
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

    /// <summary>Attaches to the session, once. Completes when it is attached.</summary>
    protected Task AttachAsync()
    {
        lock (_lock)
        {
            return _attached ??= AttachOnceAsync();
        }
    }

    private Task AttachOnceAsync()
    {
        ConnectionParameters parameters = new() { Namespace = Namespace.Name, Session = session, Window = window };
        Client = new ClientConnection(Namespace.HandlerHost.Services, this, parameters);
        return Client.AttachAsync();
    }
}
