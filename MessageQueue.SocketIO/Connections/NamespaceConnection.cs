using System.Buffers.Text;
using System.Text;
using MessageQueue.Connections;
using MessageQueue.Delivery;
using MessageQueue.Protocol;
using MessageQueue.SocketIO.Packets;
using MessageQueue.State;
using MessageQueue.Tokens;

namespace MessageQueue.SocketIO.Connections;

/// <summary>
/// One namespace of a Socket.IO connection: a connection of one session. What the server sends becomes packets.
/// </summary>
internal sealed class NamespaceConnection : IConnection
{
    private readonly Lock _gate = new();
    private readonly SocketIODialect _dialect;
    private readonly SocketIOConnection _owner;
    private readonly OutputWriter _output;
    private readonly NamespaceWriter _writer;
    private readonly Recovery _recovery;
    private CloseReason? _closedWith;
    private Task? _detached;
    private bool _isAttached;
    private long _offset;
    private int _missed;
    private byte[]? _connectPacket;

    public NamespaceConnection(
        SocketIODialect dialect, SocketIOConnection owner, OutputWriter output, ConnectionParameters parameters, Recovery recovery,
        Handshake? handshake, TokenGrant? grant = null)
    {
        _dialect = dialect;
        _owner = owner;
        _output = output;
        _recovery = recovery;
        Name = Encoding.UTF8.GetBytes(parameters.Namespace);
        _writer = new NamespaceWriter(dialect, output, Name);
        Calls = new ClientCalls(isRecovered: recovery.Known is not null);
        Client = new ClientConnection(dialect.Services, this, parameters, owner.Engine.Rate, owner.Engine.User, handshake, grant);
        Receipts = new Receipts(dialect.Services.Broker, () => Client.ConnectionWindow);
    }

    /// <summary>The namespace's name, UTF-8.</summary>
    public byte[] Name { get; }

    /// <summary>What it can ask.</summary>
    public ClientConnection Client { get; }

    /// <summary>What its client has received.</summary>
    public Receipts Receipts { get; }

    /// <summary>Its client's events that expect an answer.</summary>
    public ClientCalls Calls { get; }

    /// <summary>Whether the client has left the namespace, or the server has removed it.</summary>
    public bool IsClosed => _closedWith is not null;

    /// <summary>
    /// Whether the session that the client comes back to does not exist any more, so that it gets a new one, as a client expects it.
    /// </summary>
    public bool NeedsNewSession { get; private set; }

    /// <inheritdoc />
    public CloseReason? ClosedWith => _closedWith ?? _output.ClosedWith;

    /// <inheritdoc />
    public bool TryDeliver(EventRun run)
    {
        // What is special about one of them is seen to one by one.
        ReadOnlySpan<StoredEvent> events = run.Events;
        if (_closedWith is not null
            || _offset > 0
            || _connectPacket is not null
            || run.ExpectsReply
            || events[0].Sequence <= Receipts.Written
            || !_writer.TryDeliver(run))
        {
            return false;
        }

        _owner.Wrote(Receipts.Wrote(events.Length, events[^1].Sequence));
        return true;
    }

    /// <inheritdoc />
    public bool TryDeliver(OutgoingEvent outgoing, int target, bool redelivered)
    {
        StoredEvent stored = outgoing.Stored;
        if (_closedWith is not null)
        {
            return false;
        }

        if (stored.IsVolatile)
        {
            return _writer.TryDeliverVolatile(outgoing, Receipts.Written);
        }

        // An event that another client of the session asked for again may never have been sent to this one, whatever its number.
        bool isKnown = stored.Sequence <= _offset && Client.ConnectionWindow!.SessionDelivery?.Unacked.IsAskedFor(stored.Sequence) != true;
        if (!isKnown && !_writer.TryDeliver(outgoing, redelivered))
        {
            return false;
        }

        if (isKnown)
        {
            Receipts.Skipped(stored.Sequence, stored.ExpectsReply);
        }
        else
        {
            if (stored.Sequence > _offset)
            {
                // What comes later was not sent before, whatever its number.
                _offset = 0;
            }

            _owner.Wrote(Receipts.Wrote(stored.Sequence, stored.ExpectsReply));
        }

        if (_connectPacket is not null && --_missed <= 0)
        {
            SendConnect();
        }

        return true;
    }

    /// <inheritdoc />
    public void Welcome(in Welcome welcome)
    {
        bool isRecovered = welcome.Resumed && _recovery.Known is not null;
        bool hasOffset = isRecovered && _recovery.Offset is not null && _recovery.Offset <= _dialect.Services.Broker.State.Head;
        if (isRecovered)
        {
            _offset = Math.Max(hasOffset ? _recovery.Offset!.Value : 0, _recovery.Page!.ReceivedUpTo);
        }

        Receipts.Window = welcome.Window;
        Receipts.Begin(_offset);
        string sid = welcome.Session.Address;
        string? pid = null;
        if (_dialect.Options.ConnectionStateRecovery)
        {
            Guid log = _dialect.Services.Broker.LogIdentity.Id;
            RecoveryId id = !isRecovered ? RecoveryId.New(log, welcome.Session.Name)
                : hasOffset ? _recovery.Known! with { Log = log }
                : _recovery.Known! with { Log = log, Attempt = _recovery.Known.Attempt + 1 };
            // A client that was not recovered expects another id. What comes before the # is the session's address all the same.
            sid = id.Attempt == 0 ? sid : $"{sid}#{id.Attempt}";
            pid = id.ToString();
            Calls.Page = _dialect.Pages.Add(isRecovered ? _recovery.Page! : new PageLife(id.Page));
        }

        _isAttached = true;
        _connectPacket = NamespacePackets.Connect(Name, sid, pid);
        _missed = hasOffset ? Math.Min(welcome.HasMore ? int.MaxValue : welcome.Pending, welcome.Window) : 0;
        if (_missed == 0)
        {
            SendConnect();
        }
    }

    /// <inheritdoc />
    public void CaughtUp()
    {
        _offset = 0;
        SendConnect();
    }

    /// <inheritdoc />
    public void Acknowledged(ReadOnlySpan<byte> reference, long? id, EventData data, bool duplicate)
    {
        if (reference.IsEmpty || _closedWith is not null)
        {
            return;
        }

        if (data.Json.IsEmpty && id is { } number)
        {
            Span<byte> stored = stackalloc byte[32];
            "{\"id\":"u8.CopyTo(stored);
            Utf8Formatter.TryFormat(number, stored[6..], out int digits);
            stored[6 + digits] = (byte)'}';
            Answer(reference, stored[..(7 + digits)], []);
        }
        else
        {
            ReadOnlyMemory<byte> values = data.Json;
            List<byte[]> attachments = Attachments.MayBeIn(values.Span) ? Attachments.Extract(values, out values) : [];
            Answer(reference, PacketWriter.Arguments(values, data.HasSeveralArguments).Span, attachments);
        }
    }

    /// <inheritdoc />
    public void Refused(ProtocolError error, ReadOnlySpan<byte> reference)
    {
        if (_closedWith is not null)
        {
            return;
        }

        ReadOnlyMemory<byte> value = NamespacePackets.Error(error, isAnswer: !reference.IsEmpty);
        if (reference.IsEmpty)
        {
            _writer.Notify("mq:error"u8, value);
        }
        else
        {
            Answer(reference, value.Span, []);
        }
    }

    /// <inheritdoc />
    public void Pong(ReadOnlySpan<byte> reference)
    {
        // No packet of Socket.IO asks for it.
    }

    /// <inheritdoc />
    public void Gap(in Gap gap)
    {
        if (_closedWith is not null)
        {
            return;
        }

        _writer.Notify("mq:gap"u8, NamespacePackets.Gap(gap));
        Receipts.WroteGap(gap.To);
        _owner.Wrote(isMuch: false);
    }

    /// <inheritdoc />
    public void Expiring(TimeSpan left)
    {
        if (_closedWith is null)
        {
            _writer.Notify("mq:expiring"u8, NamespacePackets.Expiring(left));
        }
    }

    /// <inheritdoc />
    public void Close(CloseReason reason)
    {
        lock (_gate)
        {
            if (_closedWith is not null)
            {
                return;
            }

            _closedWith = reason;
        }

        NeedsNewSession = !_isAttached && reason == CloseReason.UnknownSession && _recovery is { Known: not null, IsNamed: false };
        if (reason.Reconnects)
        {
            // A client that is told to leave does not come back by itself; one whose transport closes does.
            _owner.Engine.Close(reason);
        }
        else if (!NeedsNewSession)
        {
            _output.WriteNow(_isAttached
                ? NamespacePackets.Disconnect(Name)
                : NamespacePackets.ConnectError(Name, reason.Text, reason.Data.Span));
        }

        if (_isAttached)
        {
            _ = DetachAsync();
        }
    }

    /// <summary>The client has left. Completes when the apply loop has finished with the connection.</summary>
    public Task LeaveAsync()
    {
        lock (_gate)
        {
            _closedWith ??= CloseReason.ClosedByClient;
        }

        return DetachAsync();
    }

    /// <summary>Leaves the session; only the first call does. Completes when the apply loop has finished with the connection.</summary>
    public Task DetachAsync()
    {
        lock (_gate)
        {
            return _detached ??= DetachOnceAsync();
        }
    }

    /// <summary>Notes what a ping's answer has shown: what was written before the ping has arrived.</summary>
    /// <param name="ping">Which of the connection's pings was answered.</param>
    public void OnPong(long ping)
    {
        if (Receipts.OnMarkReceived(ping, out long upTo, out long? answer) && Calls.Page is { } page)
        {
            page.Received(upTo);
            if (answer is { } number)
            {
                page.AnswerReceived(number);
            }
        }
    }

    private async Task DetachOnceAsync()
    {
        await Client.CloseAsync().ConfigureAwait(false);
        if (Calls.Page is { } page)
        {
            _dialect.Pages.Remove(page);
        }
    }

    private void Answer(ReadOnlySpan<byte> reference, ReadOnlySpan<byte> values, List<byte[]> attachments)
    {
        long id = CallReference.ReadId(reference);
        _writer.Answer(Calls.IdOf(id), values, attachments);
        if (Calls.Page is { } page)
        {
            page.Answered(id);
            Receipts.WroteAnswer(id);
            _owner.Wrote(isMuch: false);
        }
    }

    private void SendConnect()
    {
        if (_connectPacket is { } packet)
        {
            _connectPacket = null;
            _output.Write(packet);
        }
    }
}
