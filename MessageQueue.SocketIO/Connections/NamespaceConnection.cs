using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using MessageQueue.Connections;
using MessageQueue.Delivery;
using MessageQueue.Protocol;
using MessageQueue.SocketIO.Packets;
using MessageQueue.State;
using MessageQueue.Transport;

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
    private readonly Recovery _recovery;
    private PageLife? _page;
    private CloseReason? _closedWith;
    private Task? _detached;
    private bool _isAttached;
    private bool _hasCalled;
    private (long Id, long RepeatedAs) _repeated = (-1, -1);
    private long _offset;
    private int _missed;
    private byte[]? _connectPacket;

    public NamespaceConnection(
        SocketIODialect dialect, SocketIOConnection owner, OutputWriter output, ConnectionParameters parameters, Recovery recovery,
        Handshake? handshake)
    {
        _dialect = dialect;
        _owner = owner;
        _output = output;
        _recovery = recovery;
        Name = Encoding.UTF8.GetBytes(parameters.Namespace);
        Client = new ClientConnection(dialect.Services, this, parameters, owner.Engine.Rate, owner.Engine.User, handshake);
        Receipts = new Receipts(dialect.Services.Broker, () => Client.ConnectionWindow);
    }

    /// <summary>The namespace's name, UTF-8.</summary>
    public byte[] Name { get; }

    /// <summary>What it can ask.</summary>
    public ClientConnection Client { get; }

    /// <summary>What its client has received.</summary>
    public Receipts Receipts { get; }

    /// <summary>Whether the client has left the namespace, or the server has removed it.</summary>
    public bool IsClosed => _closedWith is not null;

    /// <summary>
    /// Whether the session that the client comes back to does not exist any more, so that it gets a new one, as a client expects it.
    /// </summary>
    public bool NeedsNewSession { get; private set; }

    /// <inheritdoc />
    public CloseReason? ClosedWith => _closedWith ?? _output.ClosedWith;

    /// <summary>
    /// Returns the reference for a client's event that expects an answer: one by which a repetition is recognised, if the server knows the
    /// client's page. Called one at a time.
    /// </summary>
    /// <param name="id">The client's id of the event.</param>
    /// <param name="content">The payload.</param>
    /// <param name="names">Holds the reference.</param>
    public ReadOnlyMemory<byte> ReferenceOf(long id, ReadOnlySpan<byte> content, NameBuffer names)
    {
        if (_page is not { } page)
        {
            return CallReference.Write(names, id);
        }

        ulong hash = CallReference.Hash(content);
        long number = page.Recognise(id, hash, isFirst: !_hasCalled && _recovery.Known is not null);
        _hasCalled = true;
        if (number != id)
        {
            _repeated = (number, id);
        }

        return CallReference.Write(names, page.Id, number, hash);
    }

    /// <summary>Whether references recognise repetitions.</summary>
    public bool RecognisesRepetitions => _page is not null;

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
            return TryDeliverVolatile(outgoing);
        }

        // An event that another client of the session asked for again may never have been sent to this one, whatever its number.
        bool isKnown = stored.Sequence <= _offset && Client.ConnectionWindow!.SessionDelivery?.Unacked.IsAskedFor(stored.Sequence) != true;
        if (!isKnown && !_output.TryDeliver(_dialect.Frames.Get(outgoing), redelivered))
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
            _page = _dialect.Pages.Add(isRecovered ? _recovery.Page! : new PageLife(id.Page));
        }

        _isAttached = true;
        _connectPacket = BuildConnect(sid, pid);
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

        ArrayBufferWriter<byte> output = new();
        using (Utf8JsonWriter json = new(output))
        {
            json.WriteStartObject();
            if (!reference.IsEmpty)
            {
                json.WriteStartObject("error"u8);
            }

            json.WriteString("code"u8, error.Code);
            json.WriteString("message"u8, error.Message);
            if (!reference.IsEmpty)
            {
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        if (reference.IsEmpty)
        {
            Notify("mq:error"u8, output.WrittenMemory);
        }
        else
        {
            Answer(reference, output.WrittenSpan, []);
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

        ArrayBufferWriter<byte> output = new();
        using (Utf8JsonWriter json = new(output))
        {
            json.WriteStartObject();
            json.WriteNumber("from"u8, gap.From);
            json.WriteNumber("to"u8, gap.To);
            if (gap.Count is { } count)
            {
                json.WriteNumber("count"u8, count);
            }

            json.WriteEndObject();
        }

        Notify("mq:gap"u8, output.WrittenMemory);
        Receipts.WroteGap(gap.To);
        _owner.Wrote(isMuch: false);
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
            _output.WriteNow(_isAttached ? BuildDisconnect() : BuildConnectError(Name, reason.Text, reason.Data.Span));
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

    /// <summary>Returns the frame that tells a client that it cannot join a namespace.</summary>
    /// <param name="ns">The namespace, UTF-8.</param>
    /// <param name="message">Why.</param>
    /// <param name="data">More for the client, as JSON; empty for nothing.</param>
    public static byte[] BuildConnectError(ReadOnlySpan<byte> ns, string message, ReadOnlySpan<byte> data = default)
    {
        ArrayBufferWriter<byte> output = new();
        PacketWriter.WriteHead(output, PacketType.ConnectError, ns);
        using (Utf8JsonWriter json = new(output))
        {
            json.WriteStartObject();
            json.WriteString("message"u8, message);
            if (!data.IsEmpty)
            {
                json.WritePropertyName("data"u8);
                json.WriteRawValue(data);
            }

            json.WriteEndObject();
        }

        return WebSocketFrame.BuildText(output.WrittenSpan);
    }

    private async Task DetachOnceAsync()
    {
        await Client.CloseAsync().ConfigureAwait(false);
        if (_page is { } page)
        {
            _dialect.Pages.Remove(page);
        }
    }

    private bool TryDeliverVolatile(OutgoingEvent outgoing)
    {
        byte[] frames = _dialect.Frames.Get(outgoing);
        if (!_dialect.Options.ConnectionStateRecovery || outgoing.Stored.ExpectsReply)
        {
            return _output.TryDeliver(frames, redelivered: false);
        }

        // The client takes the last argument of any event for its offset, if it is a text. So this one is the offset that it has already.
        int before = SocketIOEventFrames.BytesBeforeOffset(frames);
        int rest = frames.Length - before;
        byte[]? rented = rest > SocketIOEventFrames.OffsetBytes ? ArrayPool<byte>.Shared.Rent(rest) : null;
        Span<byte> own = rented ?? stackalloc byte[SocketIOEventFrames.OffsetBytes];
        frames.AsSpan(before).CopyTo(own);
        SocketIOEventFrames.WriteOffset(own, Receipts.Written);
        bool isTaken = _output.TryDeliver(frames.AsSpan(0, before), own[..rest], redelivered: false);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return isTaken;
    }

    private void Answer(ReadOnlySpan<byte> reference, ReadOnlySpan<byte> values, List<byte[]> attachments)
    {
        long id = CallReference.ReadId(reference);
        FrameBuilder answers = _dialect.Answers;
        PacketType type = attachments.Count > 0 ? PacketType.BinaryAck : PacketType.Ack;
        PacketWriter.WriteHead(answers, type, Name, id == _repeated.Id ? _repeated.RepeatedAs : id, attachments.Count);
        answers.Write("["u8);
        answers.Write(values);
        answers.Write("]"u8);
        ReadOnlySpan<byte> text = answers.FinishText();
        _output.Write(attachments.Count > 0 ? SocketIOEventFrames.WithAttachments(text, attachments) : text);
        if (_page is { } page)
        {
            page.Answered(id);
            Receipts.WroteAnswer(id);
            _owner.Wrote(isMuch: false);
        }
    }

    private void Notify(ReadOnlySpan<byte> name, ReadOnlyMemory<byte> argument)
    {
        FrameBuilder answers = _dialect.Answers;
        PacketWriter.WriteHead(answers, PacketType.Event, Name);
        PacketWriter.WriteEvent(answers, name);
        PacketWriter.WriteArguments(answers, argument);
        answers.Write("]"u8);
        _output.Write(answers.FinishText());
    }

    private void SendConnect()
    {
        if (_connectPacket is { } packet)
        {
            _connectPacket = null;
            _output.Write(packet);
        }
    }

    private byte[] BuildConnect(string sid, string? pid)
    {
        ArrayBufferWriter<byte> output = new();
        PacketWriter.WriteHead(output, PacketType.Connect, Name);
        using (Utf8JsonWriter json = new(output))
        {
            json.WriteStartObject();
            json.WriteString("sid"u8, sid);
            if (pid is not null)
            {
                json.WriteString("pid"u8, pid);
            }

            json.WriteEndObject();
        }

        return WebSocketFrame.BuildText(output.WrittenSpan);
    }

    private byte[] BuildDisconnect()
    {
        ArrayBufferWriter<byte> output = new();
        PacketWriter.WriteHead(output, PacketType.Disconnect, Name);
        return WebSocketFrame.BuildText(output.WrittenSpan);
    }

    /// <summary>Notes what a ping's answer has shown: what was written before the ping has arrived.</summary>
    /// <param name="ping">Which of the connection's pings was answered.</param>
    public void OnPong(long ping)
    {
        if (Receipts.OnMarkReceived(ping, out long upTo, out long? answer) && _page is { } page)
        {
            page.Received(upTo);
            if (answer is { } number)
            {
                page.AnswerReceived(number);
            }
        }
    }
}
