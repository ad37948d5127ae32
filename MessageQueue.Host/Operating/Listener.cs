using System.Text.Json;

namespace MessageQueue.Host.Operating;

/// <summary>Keeps a session connected and prints what it gets, until it is stopped or has enough. What became of the connection is told beside.</summary>
internal sealed class Listener(ServerAddress address, ListenSettings settings, EventPrinter printer, TextWriter status)
{
    private readonly BackOff _backOff = new();
    private string? _session = settings.Session;
    private string? _from = settings.From;
    private bool _wasWelcome;
    private long _left = settings.Count;

    /// <summary>Returns when it was asked to stop, or has printed as many events as were asked for.</summary>
    /// <exception cref="CommandException">It cannot go on: no server at the first attempt, not allowed, taken over, ended.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            ListenEnd end = await ListenAsync(stop);
            if (stop.IsCancellationRequested || _left == 0)
            {
                return;
            }

            CheckEnd(end);
            TimeSpan wait = _backOff.Next(Random.Shared.NextDouble());
            await status.WriteLineAsync(Output.Plain(FormattableString.Invariant($"{end.Reason}; connecting again in {wait.TotalSeconds:0.0} s")));
            await Task.Delay(wait, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<ListenEnd> ListenAsync(CancellationToken stop)
    {
        IEnumerable<(string, string?)> query =
        [
            ("session", _session), ("from", _from), ("window", settings.Window), .. settings.Rooms.Select(room => ("room", (string?)room)),
        ];
        using ListenConnection? connection = await TryOpenAsync(address.WebSocket(settings.Namespace, query), stop);
        if (connection is null)
        {
            return new ListenEnd(null, $"no connection to {address.Root}");
        }

        using CancellationTokenRegistration registration = stop.UnsafeRegister(static connection => _ = ((ListenConnection)connection!).CloseAsync(), connection);
        while (await connection.ReceiveAsync())
        {
            // What comes after the close was sent is not acknowledged, and comes again.
            if (_left > 0 && !stop.IsCancellationRequested)
            {
                await HandleAsync(connection);
            }
        }

        return connection.End;
    }

    // The first attempt tells whether it can be had at all; later ones are for as long as it takes.
    private async Task<ListenConnection?> TryOpenAsync(Uri uri, CancellationToken stop)
    {
        try
        {
            return await ListenConnection.OpenAsync(address, uri, stop);
        }
        catch (Exception exception) when (
            (exception is CommandException refused && _wasWelcome && refused.Code != ExitCode.NotAllowed)
            || (exception is OperationCanceledException && stop.IsCancellationRequested))
        {
            return null;
        }
    }

    private async Task HandleAsync(ListenConnection connection)
    {
        JsonElement message = JsonSerializer.Deserialize<JsonElement>(connection.Message);
        switch (message.GetProperty("type").GetString())
        {
            case "welcome":
                await WelcomeAsync(message);
                break;
            case "event":
                printer.Print(connection.Message, message);
                Acknowledge(connection, message, "id");
                _left--;
                break;
            case "gap":
                printer.Print(connection.Message, message);
                Acknowledge(connection, message, "to");
                break;
            case "error":
                await status.WriteLineAsync(Output.Plain($"the server says: {message.GetProperty("message")}"));
                break;
            default:
                break;
        }

        if (_left == 0)
        {
            await connection.CloseAsync();
        }
    }

    private async Task WelcomeAsync(JsonElement welcome)
    {
        _wasWelcome = true;
        _backOff.Reset();
        _session = welcome.GetProperty("session").GetString();

        // A session that exists has begun already.
        _from = null;

        // The name of a session that has none is a secret.
        string who = settings.Session is null ? "a session without a name" : $"session {settings.Session}";
        await status.WriteLineAsync(Output.Plain($"Listening as {who}; {welcome.GetProperty("pending")} events are waiting; Ctrl-C ends it"));
    }

    private void Acknowledge(ListenConnection connection, JsonElement message, string field)
    {
        // A volatile event has no number.
        if (settings.Acknowledges && message.TryGetProperty(field, out JsonElement number))
        {
            connection.Acknowledge(number.GetInt64());
        }
    }

    private void CheckEnd(ListenEnd end)
    {
        switch (end.Code)
        {
            // Ours was away for longer than it is kept: what came meanwhile is gone with it.
            case 1008 when settings.Session is null && _session is not null:
                _session = null;
                status.WriteLine("The session has expired; a new one begins, and what was sent meanwhile is missed");
                break;
            case 1008 when end.Reason.Contains("not allowed", StringComparison.Ordinal):
                throw ServerClient.NotAllowed(end.Reason);
            // A parameter, or a session that is no more: no token mends that.
            case 1008:
                throw new CommandException(ExitCode.Failed, $"the server refuses: {end.Reason}");
            case 4001:
                throw new CommandException(ExitCode.Failed, "another connection took this session over; listen as another session");
            case 4002:
                throw new CommandException(ExitCode.UnknownSession, "the session was ended; listen again to begin a new one");
            default:
                break;
        }
    }
}
