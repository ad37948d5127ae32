using System.Security.Claims;
using System.Text;
using MessageQueue.Delivery;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.Protocol.Parsing;
using MessageQueue.State;
using MessageQueue.Tokens;
using MessageQueue.Transport;

namespace MessageQueue.Connections.Json;

/// <summary>
/// One WebSocket that speaks the JSON protocol: its messages become requests, and what the server sends becomes text frames.
/// </summary>
internal sealed class JsonConnection : IConnectionHandler, IConnection, IOpenConnection
{
    private readonly JsonDialect _dialect;
    private readonly OutputWriter _output;
    private readonly ClientConnection _client;
    private readonly MessageLimits _limits;

    // Only while messages arrive: most connections are idle.
    private ClientRequest? _request;

    /// <param name="dialect">What it shares with the server's other JSON connections.</param>
    /// <param name="output">The output for its frames.</param>
    /// <param name="parameters">The client's parameters, which were already authorized.</param>
    /// <param name="rate">The rate limit; null for no limit.</param>
    /// <param name="user">The user; null for none.</param>
    /// <param name="handshake">What the client said; null where nobody asks for it.</param>
    /// <param name="grant">What its token allows; null where the app's delegates decide.</param>
    public JsonConnection(
        JsonDialect dialect, IConnectionOutput output, ConnectionParameters parameters, MessageRate? rate = null,
        ClaimsPrincipal? user = null, Handshake? handshake = null, TokenGrant? grant = null)
    {
        Broker broker = dialect.Services.Broker;
        _dialect = dialect;
        _output = new OutputWriter(output, broker);
        _client = new ClientConnection(dialect.Services, this, parameters, rate, user, handshake, grant);
        _limits = new MessageLimits(broker.Limits.MaxRoomsPerEmit, Math.Max(MessageLimits.LeastNumbers, broker.Limits.MaxWindow));
    }

    /// <inheritdoc />
    public CloseReason? ClosedWith => _output.ClosedWith;

    /// <inheritdoc cref="ClientConnection.AttachAsync" />
    public Task AttachAsync() => _client.AttachAsync();

    /// <inheritdoc />
    public ValueTask OnMessageAsync(ReadOnlyMemory<byte> message)
    {
        ClientRequest request = _request ??= _dialect.Requests.Get();
        return MessageParser.TryParse(message, _limits, request, out ProtocolError error)
            ? _client.RequestAsync(request)
            : _client.RejectAsync(error, request.Reference);
    }

    /// <inheritdoc />
    public void OnRest()
    {
        if (_request is { } request)
        {
            _request = null;
            request.Clear();
            _dialect.Requests.Return(request);
        }
    }

    /// <inheritdoc />
    public void OnDrained() => _client.OnDrained();

    /// <inheritdoc />
    public ValueTask OnClosedAsync() => _client.CloseAsync();

    /// <inheritdoc />
    public void ShutDown(CloseReason reason)
    {
        _output.Close(reason);
        _client.Abandon();
    }

    /// <inheritdoc />
    public bool TryDeliver(OutgoingEvent outgoing, int target, bool redelivered) =>
        _output.TryDeliver(_dialect.Frames.Get(outgoing, target, redelivered), redelivered);

    /// <inheritdoc />
    public bool TryDeliver(EventRun run) => _output.TryDeliver(_dialect.Frames.Get(run), run.Events.Length);

    /// <inheritdoc />
    public void Welcome(in Welcome welcome)
    {
        ServerMessages.WriteWelcome(_dialect.Answers, new WelcomeMessage
        {
            Session = Encoding.UTF8.GetBytes(welcome.Session.Name),
            Alias = welcome.Session.IsAnonymous ? welcome.Session.AddressUtf8 : default,
            Resumed = welcome.Resumed,
            Pending = welcome.Pending,
            More = welcome.HasMore,
            Window = welcome.Window,
            MaxBytes = _dialect.Services.Broker.Limits.MaxMessageBytes,
            Server = _dialect.ServerName,
            Log = _dialect.LogId,
            Continues = _dialect.Continues,
        });
        Send();
    }

    /// <inheritdoc />
    public void Acknowledged(ReadOnlySpan<byte> reference, long? id, EventData data, bool duplicate)
    {
        ServerMessages.WriteAck(_dialect.Answers, new AckMessage
        {
            Reference = reference,
            Id = id,
            Data = data.Json.Span,
            HasSeveralArguments = data.HasSeveralArguments,
            Duplicate = duplicate,
        });
        Send();
    }

    /// <inheritdoc />
    public void Refused(ProtocolError error, ReadOnlySpan<byte> reference)
    {
        ServerMessages.WriteError(_dialect.Answers, error, reference);
        Send();
    }

    /// <inheritdoc />
    public void Pong(ReadOnlySpan<byte> reference)
    {
        ServerMessages.WritePong(_dialect.Answers, reference);
        Send();
    }

    /// <inheritdoc />
    public void Gap(in Gap gap)
    {
        ServerMessages.WriteGap(_dialect.Answers, gap.From, gap.To, gap.Count);
        Send();
    }

    /// <inheritdoc />
    public void Expiring(TimeSpan left)
    {
        ServerMessages.WriteExpiring(_dialect.Answers, (long)left.TotalMilliseconds);
        Send();
    }

    /// <inheritdoc />
    public bool TryTell(PresenceMessage message)
    {
        byte[] frame = _dialect.Frames.Get(message);
        if (!message.IsEnd)
        {
            return _output.TryWrite(frame);
        }

        _output.Write(frame);
        return true;
    }

    /// <inheritdoc />
    public void Close(CloseReason reason) => _output.Close(reason);

    private void Send() => _output.Write(_dialect.Answers.FinishText());
}
