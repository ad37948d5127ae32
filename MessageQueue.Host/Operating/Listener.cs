using System.Text.Json;
using MessageQueue.Client;

namespace MessageQueue.Host.Operating;

/// <summary>
/// Keeps a session connected and prints its events, until it is stopped or has printed enough. Connects and disconnects go to
/// <paramref name="status"/>.
/// </summary>
internal sealed class Listener(ServerAddress address, ListenSettings settings, EventPrinter printer, TextWriter status)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _wasOpen;
    private long _left = settings.Count;

    /// <summary>Listens; returns when it is asked to stop, or has printed as many events as were asked for.</summary>
    /// <exception cref="MessageQueueClientException">The first attempt to connect failed, or the server does not allow it.</exception>
    /// <exception cref="CommandException">The session was ended or taken over, or the server refuses it.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        await using MessageQueueClient client = new(new()
        {
            Url = $"{address.Url}/{settings.Namespace.TrimStart('/')}",
            Session = settings.Session,
            Rooms = [.. settings.Rooms],
            From = settings.From,
            Window = settings.Window,
            Token = _ => ValueTask.FromResult(address.Token),
            AutoAcknowledge = settings.Acknowledges,
        });
        client.StateChanged += state => Tell(client, state);
        client.Noticed += Tell;
        client.OnAny(received => PrintAsync(client, received));
        client.Reconnect();
        await _done.Task.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _done.TrySetResult();
        await client.DisposeAsync();
        if (_done.Task.IsFaulted)
        {
            await _done.Task;
        }
    }

    private Task PrintAsync(MessageQueueClient client, ReceivedEvent<JsonElement> received)
    {
        try
        {
            printer.Print(received.Raw.Span, JsonElement.Parse(received.Raw.Span));
        }
        catch (CommandException exception)
        {
            _done.TrySetException(exception);
            throw;
        }

        if (--_left == 0)
        {
            // Starts to close, so that no other event is printed. The closing waits for this one.
            _ = client.DisposeAsync().AsTask();
            _done.TrySetResult();
        }

        return Task.CompletedTask;
    }

    private void Tell(MessageQueueClient client, ClientState state)
    {
        switch (state.Status)
        {
            case ClientStatus.Open:
                _wasOpen = true;
                // The name that the server gave the session is a secret: whoever knows it can connect as the session.
                string who = settings.Session is null ? "a session without a name" : $"session {settings.Session}";
                WriteLine($"Listening as {who}; {client.Owed} events are waiting; Ctrl-C ends the command");
                break;
            case ClientStatus.Waiting when !_wasOpen || state.Code == MessageQueueClientException.Forbidden:
                string message = state.Code == MessageQueueClientException.Unreachable
                    ? $"no server answers at {address.Url} ({state.Reason})"
                    : state.Reason!;
                _done.TrySetException(new MessageQueueClientException(state.Code ?? MessageQueueClientException.Unreachable, message));
                break;
            case ClientStatus.Waiting:
                double seconds = (state.Until!.Value - DateTimeOffset.UtcNow).TotalSeconds;
                WriteLine(FormattableString.Invariant($"{state.Reason}; reconnecting in {Math.Max(0, seconds):0.0} s"));
                break;
            case ClientStatus.Closed:
                _done.TrySetException(Refusal(state));
                break;
            default:
                break;
        }
    }

    private void Tell(ClientNotice notice)
    {
        switch (notice.Kind)
        {
            case ClientNoticeKind.Gap:
                Dictionary<string, object> gap = new() { ["type"] = "gap", ["from"] = notice.From, ["to"] = notice.To };
                if (notice.Count is { } count)
                {
                    gap["count"] = count;
                }

                byte[] message = JsonSerializer.SerializeToUtf8Bytes(gap);
                printer.Print(message, JsonElement.Parse(message));
                break;
            case ClientNoticeKind.SessionLost or ClientNoticeKind.ServerError or ClientNoticeKind.LogChanged:
                WriteLine(notice.Message);
                break;
            default:
                break;
        }
    }

    private void WriteLine(string line) => status.WriteLine(Output.Plain(line));

    private static Exception Refusal(ClientState state) => state.CloseCode switch
    {
        1008 when state.Reason!.Contains("not allowed", StringComparison.Ordinal) =>
            new MessageQueueClientException(MessageQueueClientException.Forbidden, $"the server refuses the request: {state.Reason}"),
        // A parameter is wrong, or the session does not exist: another token would not help.
        1008 => new CommandException(ExitCode.Failed, $"the server refuses the connection: {state.Reason}"),
        4001 => new CommandException(ExitCode.Failed, "another connection took this session over; listen as another session"),
        4002 => new CommandException(ExitCode.UnknownSession, "the session was ended; listen again to begin a new one"),
        _ => new CommandException(ExitCode.Failed, $"the connection is closed: {state.Reason}"),
    };
}
