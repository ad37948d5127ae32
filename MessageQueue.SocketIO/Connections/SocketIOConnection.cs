using System.Text;
using MessageQueue.Connections;
using MessageQueue.Http;
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
    private readonly OutputWriter _output;
    private readonly ClientRequest _request = new();
    private readonly long _openedAt;
    private NamespaceConnection[] _namespaces = [];
    private volatile PendingPacket? _pending;
    private volatile bool _hasJoined;
    private volatile bool _isOpen;
    private volatile bool _wantsPing;
    private long _openSince;
    private long _pings;
    private long _pongs;

    /// <param name="dialect">What it shares with the server's other connections.</param>
    /// <param name="engine">The connection.</param>
    public SocketIOConnection(SocketIODialect dialect, IEngineConnection engine)
    {
        _dialect = dialect;
        Engine = engine;
        _output = new OutputWriter(engine, dialect.Services.Broker);
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
    public void Wrote(bool isMuch)
    {
        _isOpen = true;
        if (isMuch && !_wantsPing && !Engine.TryPing())
        {
            _wantsPing = true;
        }
    }

    /// <inheritdoc />
    public void OnPinging()
    {
        // The answer of one ping may be handled while the next is written, so each is told apart.
        long ping = Interlocked.Increment(ref _pings);
        _isOpen = false;
        Volatile.Write(ref _openSince, 0);
        foreach (NamespaceConnection ns in Volatile.Read(ref _namespaces))
        {
            ns.Receipts.Mark(ping);
        }
    }

    /// <inheritdoc />
    public ValueTask OnPongAsync()
    {
        bool isOpen = false;
        _pongs++;
        foreach (NamespaceConnection ns in _namespaces)
        {
            ns.OnPong(_pongs);
            isOpen |= ns.Receipts.IsOpen;
        }

        if (isOpen)
        {
            _isOpen = true;
        }

        if (_wantsPing)
        {
            _wantsPing = false;
            Engine.TryPing();
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    public void OnDrained()
    {
        foreach (NamespaceConnection ns in Volatile.Read(ref _namespaces))
        {
            ns.Client.OnDrained();
        }
    }

    /// <inheritdoc />
    public void OnTick(long now)
    {
        SocketIOOptions options = _dialect.Options;
        // Not before a ping that is due at the same time, which comes late by as much as the timer is inexact.
        if (!_hasJoined && Elapsed(_openedAt, now) >= options.ConnectTimeout + (options.PingInterval / 4))
        {
            Engine.Close(SocketIOCloseReasons.NoNamespace);
        }
        else if (_pending is { } pending && Elapsed(pending.Since, now) >= options.ConnectTimeout)
        {
            Engine.Close(SocketIOCloseReasons.NoAttachments);
        }
        else if (_isOpen)
        {
            // The tick that first sees it begins the time, so that writing an event needs no clock.
            long since = Interlocked.CompareExchange(ref _openSince, now, 0);
            if (since != 0 && Elapsed(since, now) >= options.ReceiptInterval)
            {
                Engine.TryPing();
            }
        }
    }

    /// <inheritdoc />
    public async ValueTask OnClosedAsync()
    {
        foreach (NamespaceConnection ns in _namespaces)
        {
            await ns.DetachAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Releases everybody who waits for this connection, because the server is ending. Called on any thread.</summary>
    public void Abandon()
    {
        Engine.Rate?.Abandon();
        foreach (NamespaceConnection ns in Volatile.Read(ref _namespaces))
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
        NamespaceConnection? ns = Find(packet.Namespace.Span);
        switch (packet.Type)
        {
            case PacketType.Connect:
                return ns is null or { IsClosed: true } ? ConnectAsync(packet, ns) : Violate();
            case PacketType.Disconnect:
                return !packet.Payload.IsEmpty || ns is null ? Violate() : new ValueTask(LeaveAsync(ns));
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
        if (Find(packet.Namespace.Span) is not { } ns)
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
        ReadOnlyMemory<byte> wireName = packet.Namespace.IsEmpty ? "/"u8.ToArray() : packet.Namespace;
        if (!ConnectAuth.TryRead(packet.Payload.Span, out ConnectAuth auth, out string? error))
        {
            await Violate().ConfigureAwait(false);
            return;
        }

        // Counts as a message: joining may make a session, which is more work than any event.
        if (Engine.Rate is { } rate)
        {
            await rate.EnterAsync().ConfigureAwait(false);
        }

        string name = Encoding.UTF8.GetString(wireName.Span);
        if (left is not null)
        {
            await RemoveAsync(left).ConfigureAwait(false);
        }

        // A name that is not written as the server writes it would not match in the client.
        if (!NamespacePath.TryParse(name, out string parsed, out _) || parsed != name || !_dialect.HasNamespace(name))
        {
            Refuse(wireName, "Invalid namespace");
        }
        else if (error is not null)
        {
            Refuse(wireName, error);
        }
        else if (_namespaces.Length >= _dialect.Options.MaxNamespaces)
        {
            Refuse(wireName, $"a connection may join {_dialect.Options.MaxNamespaces} namespaces at most");
        }
        else
        {
            await JoinAsync(name, packet.Payload, auth).ConfigureAwait(false);
        }
    }

    private async ValueTask JoinAsync(string name, ReadOnlyMemory<byte> payload, ConnectAuth auth)
    {
        Recovery recovery = Recovery.Of(auth, _dialect.Services.Broker.LogIdentity, _dialect.Pages);
        NamespaceConnection ns = await JoinAsync(name, payload, auth, recovery).ConfigureAwait(false);
        if (ns.NeedsNewSession)
        {
            await RemoveAsync(ns).ConfigureAwait(false);
            ns = await JoinAsync(name, payload, auth, default).ConfigureAwait(false);
        }

        if (ns.IsClosed)
        {
            await RemoveAsync(ns).ConfigureAwait(false);
        }
        else
        {
            _hasJoined = true;
        }
    }

    private async ValueTask<NamespaceConnection> JoinAsync(string name, ReadOnlyMemory<byte> payload, ConnectAuth auth, Recovery recovery)
    {
        ConnectionParameters parameters = new() { Namespace = name, Session = recovery.Session };
        Handshake? handshake = _dialect.HandshakeOf(Engine.Request, name, payload.Span);
        NamespaceConnection ns = new(_dialect, this, _output, parameters, recovery, handshake);
        ConnectRequest request = new(
            name, recovery.Session, auth.Token ?? PresentedToken.Of(Engine.Request.Request), Engine.Request);
        Volatile.Write(ref _namespaces, [.. _namespaces, ns]);
        if (await _dialect.MayConnectAsync(request).ConfigureAwait(false))
        {
            await ns.Client.AttachAsync().ConfigureAwait(false);
        }
        else
        {
            ns.Close(CloseReason.NotAllowed);
        }

        return ns;
    }

    private async Task LeaveAsync(NamespaceConnection ns)
    {
        await ns.LeaveAsync().ConfigureAwait(false);
        await RemoveAsync(ns).ConfigureAwait(false);
    }

    private async ValueTask RemoveAsync(NamespaceConnection ns)
    {
        await ns.DetachAsync().ConfigureAwait(false);
        Volatile.Write(ref _namespaces, Array.FindAll(_namespaces, other => other != ns));
    }

    private void Refuse(ReadOnlyMemory<byte> name, string message) =>
        _output.WriteNow(NamespaceConnection.BuildConnectError(name.Span, message));

    private NamespaceConnection? Find(ReadOnlySpan<byte> name)
    {
        foreach (NamespaceConnection ns in _namespaces)
        {
            if (ns.Name.AsSpan().SequenceEqual(name.IsEmpty ? "/"u8 : name))
            {
                return ns;
            }
        }

        return null;
    }
}
