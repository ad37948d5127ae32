using System.Text;
using System.Text.Json;
using MessageQueue.Commands;
using MessageQueue.Connections;
using MessageQueue.Connections.Json;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.SocketIO;
using MessageQueue.SocketIO.Connections;
using MessageQueue.State.Records;
using MessageQueue.Storage;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Pipeline;

namespace MessageQueue.Tests.SocketIO.Connections;

/// <summary>A server without sockets: Socket.IO clients, and a client of the JSON protocol that emits.</summary>
internal sealed class SocketIOHarness : IAsyncDisposable
{
    private JsonConnection? _sender;
    private FakeOutput? _toSender;

    public SocketIOHarness(Action<SocketIOOptions>? configure = null, IEventLog? log = null, int window = 1024, TimeProvider? clock = null)
    {
        SocketIOOptions options = new() { RoomEvents = true };
        configure?.Invoke(options);
        Options = options;
        Broker = new BrokerHarness(log ?? new InMemoryEventLog(), server =>
        {
            server.DefaultWindow = window;
            server.TimeProvider = clock ?? TimeProvider.System;
        });
        Dialect = new SocketIODialect(
            Broker.Services with { Events = App }, request => ValueTask.FromResult(
                request.Token == "bad" ? new Admission(CloseReason.NotAllowed) : new Admission(null, request.Session)), options, Time);
    }

    public BrokerHarness Broker { get; }

    public SocketIOOptions Options { get; }

    public ManualTimeProvider Time { get; } = new();

    public StubEvents App { get; } = new();

    public SocketIODialect Dialect { get; }

    public FakeEngine Open() => new(Dialect);

    /// <summary>Connects to the default namespace and joins the room <c>lobby</c>. Returns what CONNECT said.</summary>
    public async Task<(FakeEngine Client, JsonElement Connect)> ConnectAsync(string auth = "{}")
    {
        FakeEngine client = Open();
        await client.SendAsync($"0{auth}");
        JsonElement connect = JsonElement.Parse((await client.NextAsync())[1..]);
        await client.SendAsync("""2900["mq:join","lobby"]""");
        (await client.NextAsync()).Should().Be("3900[]");
        return (client, connect);
    }

    /// <summary>Returns the auth with which the client of a CONNECT comes back.</summary>
    public static string Back(JsonElement connect, long? offset = null) => offset is null
        ? $$"""{"pid":"{{connect.GetProperty("pid").GetString()}}"}"""
        : $$"""{"pid":"{{connect.GetProperty("pid").GetString()}}","offset":"{{offset}}"}""";

    /// <summary>Emits to the lobby. Returns the event's number; 0 for a volatile one.</summary>
    public async Task<long> EmitAsync(string data = "1", string more = "")
    {
        if (_sender is null)
        {
            (_sender, _toSender) = await Broker.ConnectAsync("sender");
        }

        await BrokerHarness.SendAsync(_sender, $$"""{"type":"emit","event":"say","to":"lobby","data":{{data}}{{more}}}""");
        JsonElement ack = await _toSender!.NextAsync("ack");
        return ack.TryGetProperty("id", out JsonElement id) ? id.GetInt64() : 0;
    }

    /// <summary>Emits to the lobby and does not wait. Call <see cref="EmitAsync"/> once before.</summary>
    public Task EmitLaterAsync(string data) =>
        BrokerHarness.SendAsync(_sender!, $$"""{"type":"emit","event":"say","to":"lobby","data":{{data}}}""");

    /// <summary>Emits an event that expects an answer.</summary>
    public void EmitWithAck(string data = "1")
    {
        byte[] record = new EmitRecord
        {
            Namespace = "/"u8,
            SenderId = 0,
            From = default,
            Reference = default,
            Event = "ask"u8,
            Data = Encoding.UTF8.GetBytes(data),
            HasSeveralArguments = false,
            To = [Encoding.UTF8.GetBytes("lobby")],
            Except = default,
            TimeToLive = 0,
            ExpectsReply = true,
            IsObserved = false,
            User = default,
            IsUserLeftOut = false,
            IsOwnKey = false,
            Cause = default,
            Trace = default,
        }.Encode();
        Broker.Broker.Queue.TryAdd(new Command(CommandKind.Emit, record, null, default));
    }

    /// <summary>Returns how many events are pending for the session that has this address.</summary>
    public Task<int> PendingAsync(JsonElement connect)
    {
        string address = connect.GetProperty("sid").GetString()!.Split('#')[0];
        return Broker.Broker.AskAsync(state => Broker.Broker.FanOut.CountPending(
            state.Sessions.Values.Single(session => session.Address == address), 1000)).OrTimeout();
    }

    public ValueTask DisposeAsync() => Broker.DisposeAsync();
}
