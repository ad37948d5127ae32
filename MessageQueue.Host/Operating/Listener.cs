using System.Text.Json;
using MessageQueue.Host.Client;

namespace MessageQueue.Host.Operating;

/// <summary>
/// Keeps a session connected and prints its events, until it is stopped or has printed enough. Connects and disconnects go to
/// <paramref name="status"/>.
/// </summary>
internal sealed class Listener(ServerAddress address, ListenSettings settings, EventPrinter printer, TextWriter status)
{
    private readonly BackOff _backOff = new();
    private string? _session = settings.Session;
    private string? _from = settings.From;
    private bool _wasWelcome;
    private long _left = settings.Count;

    /// <summary>Listens; returns when it is asked to stop, or has printed as many events as were asked for.</summary>
    /// <exception cref="ClientException">The first attempt to connect failed, or the server does not allow it.</exception>
    /// <exception cref="CommandException">The session was ended or taken over, or the server refuses it.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            ConnectionEnd end = await ListenAsync(stop);
            if (stop.IsCancellationRequested || _left == 0)
            {
                return;
            }

            CheckEnd(end);
            TimeSpan wait = _backOff.Next(Random.Shared.NextDouble());
            string line = FormattableString.Invariant($"{end.Reason}; reconnecting in {wait.TotalSeconds:0.0} s");
            await status.WriteLineAsync(Output.Plain(line));
            await Task.Delay(wait, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<ConnectionEnd> ListenAsync(CancellationToken stop)
    {
        IEnumerable<(string, string?)> query =
        [
            ("session", _session), ("from", _from), ("window", settings.Window), .. settings.Rooms.Select(room => ("room", (string?)room)),
        ];
        using EventConnection? connection = await TryOpenAsync(query, stop);
        if (connection is null)
        {
            return new ConnectionEnd(null, $"no connection to {address.Root}");
        }

        using CancellationTokenRegistration registration = stop.UnsafeRegister(
            static connection => _ = ((EventConnection)connection!).CloseAsync(),
            connection);
        while (await connection.ReceiveAsync())
        {
            // Messages that come after the close was sent are not acknowledged: the server sends them again.
            if (_left > 0 && !stop.IsCancellationRequested)
            {
                await HandleAsync(connection);
            }
        }

        return connection.End;
    }

    // A failure of the first attempt ends the command. Later attempts go on until they succeed.
    private async Task<EventConnection?> TryOpenAsync(IEnumerable<(string, string?)> query, CancellationToken stop)
    {
        try
        {
            return await EventConnection.OpenAsync(address, settings.Namespace, query, stop);
        }
        catch (ClientException exception) when (_wasWelcome && exception.Error != ClientError.NotAllowed)
        {
            return null;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task HandleAsync(EventConnection connection)
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
                await status.WriteLineAsync(Output.Plain($"error from the server: {message.GetProperty("message")}"));
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

        // Only a new session has a place to begin.
        _from = null;

        // The name that the server gave the session is a secret: whoever knows it can connect as the session.
        string who = settings.Session is null ? "a session without a name" : $"session {settings.Session}";
        string waiting = $"{welcome.GetProperty("pending")} events are waiting";
        await status.WriteLineAsync(Output.Plain($"Listening as {who}; {waiting}; Ctrl-C ends the command"));
    }

    private void Acknowledge(EventConnection connection, JsonElement message, string field)
    {
        // A volatile event has no number.
        if (settings.Acknowledges && message.TryGetProperty(field, out JsonElement number))
        {
            connection.Acknowledge(number.GetInt64());
        }
    }

    private void CheckEnd(ConnectionEnd end)
    {
        switch (end.Code)
        {
            // The session expired while the connection was lost, and the events sent meanwhile are gone with it.
            case 1008 when settings.Session is null && _session is not null:
                _session = null;
                status.WriteLine("The session has expired; a new one begins without the events sent meanwhile");
                break;
            case 1008 when end.Reason.Contains("not allowed", StringComparison.Ordinal):
                throw ClientException.NotAllowed(end.Reason);
            // A parameter is wrong, or the session does not exist: another token would not help.
            case 1008:
                throw new CommandException(ExitCode.Failed, $"the server refuses the connection: {end.Reason}");
            case 4001:
                throw new CommandException(ExitCode.Failed, "another connection took this session over; listen as another session");
            case 4002:
                throw new CommandException(ExitCode.UnknownSession, "the session was ended; listen again to begin a new one");
            default:
                break;
        }
    }
}
