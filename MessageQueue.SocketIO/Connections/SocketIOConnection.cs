using MessageQueue.Connections;
using MessageQueue.Protocol;
using MessageQueue.SocketIO.Engine;
using MessageQueue.SocketIO.Packets;

namespace MessageQueue.SocketIO.Connections;

/// <summary>
/// One Engine.IO connection that speaks Socket.IO: its packets become requests of the namespaces that it has joined.
/// </summary>
internal sealed class SocketIOConnection : IEngineHandler
{
    private readonly SocketIODialect _dialect;
    private readonly JoinedNamespaces _namespaces;
    private readonly ReceiptPings _pings;
    private readonly ClientRequest _request = new();
    private readonly long _openedAt;
    private volatile PendingPacket? _pending;

    /// <param name="dialect">What it shares with the server's other connections.</param>
    /// <param name="engine">The connection.</param>
    public SocketIOConnection(SocketIODialect dialect, IEngineConnection engine)
    {
        _dialect = dialect;
        Engine = engine;
        _namespaces = new JoinedNamespaces(dialect, this, new OutputWriter(engine, dialect.Services.Broker));
        _pings = new ReceiptPings(engine, dialect, _namespaces);
        _openedAt = dialect.TimeProvider.GetTimestamp();
    }

    /// <summary>The connection.</summary>
    public IEngineConnection Engine { get; }

    /// <inheritdoc />
    public ValueTask OnTextAsync(ReadOnlyMemory<byte> text)
    {
        if (_pending is not null || !Packet.TryRead(text, _dialect.Options.MaxAttachments, out Packet packet))
        {
            return Violate();
        }

        if (packet.Attachments > 0)
        {
            _pending = new PendingPacket(packet, _dialect.Services.Broker.Limits.MaxMessageBytes, _dialect.TimeProvider.GetTimestamp());
            return ValueTask.CompletedTask;
        }

        return HandleAsync(packet);
    }

    /// <inheritdoc />
    public async ValueTask OnBinaryAsync(ReadOnlyMemory<byte> data)
    {
        if (_pending is not { } pending)
        {
            await Violate().ConfigureAwait(false);
        }
        else if (pending.Add(data.Span))
        {
            _pending = null;
            await CompleteAsync(pending).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Notes that something was written whose receipt has to be proven. For the apply loop only.
    /// </summary>
    /// <param name="isMuch">Whether it is so much that the client is asked at once.</param>
    public void Wrote(bool isMuch) => _pings.Wrote(isMuch);

    /// <inheritdoc />
    public void OnPinging() => _pings.OnPinging();

    /// <inheritdoc />
    public ValueTask OnPongAsync()
    {
        _pings.OnPong();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    public void OnDrained()
    {
        foreach (NamespaceConnection ns in _namespaces.Items)
        {
            ns.Client.OnDrained();
        }
    }

    /// <inheritdoc />
    public void OnTick(long now)
    {
        SocketIOOptions options = _dialect.Options;
        // Not before a ping that is due at the same time, which comes late by as much as the timer is inexact.
        if (!_namespaces.HasJoined && Elapsed(_openedAt, now) >= options.ConnectTimeout + (options.PingInterval / 4))
        {
            Engine.Close(SocketIOCloseReasons.NoNamespace);
        }
        else if (_pending is { } pending && Elapsed(pending.Since, now) >= options.ConnectTimeout)
        {
            Engine.Close(SocketIOCloseReasons.NoAttachments);
        }
        else
        {
            _pings.OnTick(now);
        }
    }

    /// <inheritdoc />
    public async ValueTask OnClosedAsync()
    {
        foreach (NamespaceConnection ns in _namespaces.Items)
        {
            await ns.DetachAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Releases everybody who waits for this connection, because the server is ending. Called on any thread.</summary>
    public void Abandon()
    {
        Engine.Rate?.Abandon();
        foreach (NamespaceConnection ns in _namespaces.Items)
        {
            ns.Client.Abandon();
        }
    }

    private TimeSpan Elapsed(long since, long now) => _dialect.TimeProvider.GetElapsedTime(since, now);

    private ValueTask Violate()
    {
        Engine.Close(SocketIOCloseReasons.NoPacket);
        return ValueTask.CompletedTask;
    }

    private ValueTask CompleteAsync(PendingPacket pending)
    {
        if (pending.IsTooLarge)
        {
            return RefuseAsync(pending.Packet);
        }

        return pending.TryComplete(out Packet packet) ? HandleAsync(packet) : Violate();
    }

    private ValueTask HandleAsync(in Packet packet)
    {
        NamespaceConnection? ns = _namespaces.Find(packet.Namespace.Span);
        switch (packet.Type)
        {
            case PacketType.Connect:
                return ns is null or { IsClosed: true } ? ConnectAsync(packet, ns) : Violate();
            case PacketType.Disconnect:
                return !packet.Payload.IsEmpty || ns is null ? Violate() : new ValueTask(_namespaces.LeaveAsync(ns));
            case PacketType.ConnectError:
                return Violate();
            default:
                // What a client sends before it knows that the server has removed it is not its fault.
                return ns is null ? Violate() : ns.IsClosed ? ValueTask.CompletedTask : RequestAsync(ns, packet);
        }
    }

    private ValueTask RequestAsync(NamespaceConnection ns, in Packet packet)
    {
        bool isEvent = packet.Type is PacketType.Event or PacketType.BinaryEvent;
        ReadResult result = isEvent ? _dialect.Reader.ReadEvent(ns, packet, _request) : RequestReader.ReadAck(packet, _request);
        return result switch
        {
            { IsPacket: false } => Violate(),
            { Error: { } error } => ns.Client.RejectAsync(error, _request.Reference),
            { Rented: { } rented } => RequestAsync(ns, rented),
            _ => ns.Client.RequestAsync(_request),
        };
    }

    private async ValueTask RequestAsync(NamespaceConnection ns, byte[] rented)
    {
        try
        {
            await ns.Client.RequestAsync(_request).ConfigureAwait(false);
        }
        finally
        {
            RequestReader.Return(rented);
        }
    }

    private ValueTask RefuseAsync(in Packet packet)
    {
        if (_namespaces.Find(packet.Namespace.Span) is not { } ns)
        {
            return Violate();
        }

        _request.Clear();
        ReadOnlyMemory<byte> reference = packet is { Type: PacketType.BinaryEvent, Id: { } id }
            ? CallReference.Write(_request.NameBuffer, id)
            : default;
        return ns.IsClosed ? ValueTask.CompletedTask : ns.Client.RejectAsync(_dialect.Reader.TooLarge, reference);
    }

    private async ValueTask ConnectAsync(Packet packet, NamespaceConnection? left)
    {
        if (!await _namespaces.TryConnectAsync(packet, left).ConfigureAwait(false))
        {
            await Violate().ConfigureAwait(false);
        }
    }
}
