using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Crash;

/// <summary>
/// One session that receives, in all lives of the server. It joins its rooms only when it first connects.
/// </summary>
/// <param name="session">Its name.</param>
/// <param name="rooms">Its rooms.</param>
/// <param name="acknowledges">Which events it acknowledges when it gets them.</param>
/// <param name="oracle">The oracle to which it reports.</param>
internal sealed class Receiver(string session, IReadOnlyList<string> rooms, Func<long, bool> acknowledges, AckOracle oracle)
{
    private readonly Lock _lock = new();
    private readonly HashSet<long> _seen = [];
    private readonly HashSet<long> _done = [];
    private ReceiverConnection? _connection;
    private bool _isKnown;

    /// <summary>Connects. When the task completes, all pending events have come.</summary>
    /// <param name="url">Where the server listens.</param>
    /// <param name="round">The life of the server. No event of this life has been sent yet.</param>
    public async Task ConnectAsync(string url, int round)
    {
        // The largest window, so that unacknowledged events do not hold up the others.
        string query = $"session={session}&window=8192" + (_isKnown ? "" : string.Concat(rooms.Select(room => $"&room={room}")));
        EventClient client = await EventClient.ConnectAsync(url, query);
        oracle.Log(client.Welcome.GetProperty("log").GetString()!);
        if (client.Welcome.GetProperty("resumed").GetBoolean() != _isKnown)
        {
            oracle.Violated($"{session} was {(_isKnown ? "not " : "")}resumed");
        }

        _isKnown = true;
        HashSet<long> pending = oracle.AcknowledgedIn(rooms);
        lock (_lock)
        {
            // An event that came was durable before, whether its producer got an answer or not.
            pending.UnionWith(_seen);
            pending.ExceptWith(_done);
        }

        _connection = new ReceiverConnection(client, pending, frame => OnEventAsync(client, frame, round));
        await CaughtUpAsync();
    }

    /// <summary>Acknowledges all events that came, and waits until the server has applied that.</summary>
    public async Task AcknowledgeAllAsync()
    {
        if (_connection!.Last == 0)
        {
            return;
        }

        lock (_lock)
        {
            _done.UnionWith(_seen);
        }

        EventClient client = _connection.Client;
        await client.SendAsync(new { type = "ack", upTo = _connection.Last });
        await client.PingAsync();
    }

    /// <summary>Closes its connection.</summary>
    public async Task CloseAsync()
    {
        await _connection!.Client.CloseAsync();
        await EndedAsync();
    }

    /// <summary>Waits until the connection has ended and all events that came were checked.</summary>
    public async Task EndedAsync()
    {
        await _connection!.Ended.OrTimeout();
        await _connection.Client.DisposeAsync();
    }

    private async Task CaughtUpAsync()
    {
        try
        {
            await _connection!.CaughtUp.OrTimeout();
        }
        catch (TimeoutException)
        {
            oracle.Violated($"{session} did not get {_connection!.DescribeMissing()}");
        }
    }

    private async Task OnEventAsync(EventClient client, JsonElement frame, int round)
    {
        long number = frame.GetProperty("id").GetInt64();
        bool isFlagged = frame.TryGetProperty("redelivered", out JsonElement flag) && flag.GetBoolean();
        CrashEvent? sent = oracle.Numbered(frame.GetProperty("data").GetString()!, number);
        string? room = sent?.Rooms.FirstOrDefault(rooms.Contains);
        if (room is null || frame.GetProperty("room").GetString() != room)
        {
            oracle.Violated($"{session} got {frame} and is in {string.Join(", ", rooms)}");
        }

        bool isAcknowledged = acknowledges(number);
        bool wasSeen;
        lock (_lock)
        {
            wasSeen = !_seen.Add(number);
            if (isAcknowledged)
            {
                _done.Add(number);
            }
        }

        if (wasSeen && !isFlagged)
        {
            oracle.Violated($"{session} got {number} again without `redelivered`");
        }

        // A server that marks every event as redelivered would never be wrong, but useless.
        if (!wasSeen && isFlagged && sent?.Round == round)
        {
            oracle.Violated($"{session} got {number} with `redelivered`, although it is newer than the connection");
        }

        if (isAcknowledged)
        {
            await client.TrySendAsync(new { type = "ack", id = number });
        }
    }
}
