using System.Text.Json;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>
/// A client as "Writing a client" in docs/protocol.md describes it: it keeps the log id, the largest number it has dealt with, and its
/// emits.
/// </summary>
internal sealed class CarefulClient(string session)
{
    private readonly Dictionary<string, long> _emitted = [];
    private readonly List<(long Number, string Text)> _seen = [];
    private EventClient? _connection;
    private string? _log;
    private long _last;

    /// <summary>The events that it has dealt with, in that order.</summary>
    public List<string> Handled { get; } = [];

    /// <summary>The events of the previous log that it has dealt with and that are not in this log.</summary>
    public List<string> Lost { get; } = [];

    /// <summary>The emits that the previous log acknowledged and that it emitted once more.</summary>
    public List<string> Repeated { get; } = [];

    public async Task ConnectAsync(TestServer server, string query = "")
    {
        _connection = await server.ConnectAsync($"session={session}{query}");
        string log = _connection.Welcome.GetProperty("log").GetString()!;
        if (_log is not null && _log != log)
        {
            await ChangeLogAsync(SharedWith(_log));
        }

        _log = log;
    }

    /// <summary>Emits each text as the data and the reference of an event.</summary>
    public async Task EmitAsync(params string[] texts)
    {
        foreach (string text in texts)
        {
            _emitted[text] = await _connection!.EmitAsync("lobby", data: text, id: text);
        }
    }

    /// <summary>Receives events, skips those that it has dealt with, and acknowledges all, until this many were new.</summary>
    public async Task DealWithAsync(int count)
    {
        while (count > 0)
        {
            JsonElement received = await _connection!.NextAsync("event");
            long number = received.GetProperty("id").GetInt64();
            if (number > _last)
            {
                _last = number;
                _seen.Add((number, received.GetProperty("data").GetString()!));
                Handled.Add(_seen[^1].Text);
                count--;
            }

            await _connection.SendAsync(new { type = "ack", id = number });
        }

        await _connection!.PingAsync();
    }

    public async Task CloseAsync()
    {
        await _connection!.CloseAsync();
        await _connection.DisposeAsync();
    }

    private long SharedWith(string log)
    {
        if (!_connection!.Welcome.TryGetProperty("continues", out JsonElement continues))
        {
            return 0;
        }

        JsonElement found = continues.EnumerateArray().FirstOrDefault(entry => entry.GetProperty("log").GetString() == log);
        return found.ValueKind == JsonValueKind.Undefined ? 0 : found.GetProperty("upTo").GetInt64();
    }

    private async Task ChangeLogAsync(long upTo)
    {
        Lost.AddRange(_seen.Where(seen => seen.Number > upTo).Select(seen => seen.Text));
        _seen.RemoveAll(seen => seen.Number > upTo);
        _last = Math.Min(_last, upTo);
        Repeated.AddRange(_emitted.Where(emit => emit.Value > upTo).OrderBy(emit => emit.Value).Select(emit => emit.Key));
        await EmitAsync([.. Repeated]);
    }
}
