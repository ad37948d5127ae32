using System.Net.Sockets;
using MessageQueue.Client;
using MessageQueue.Host.Settings;

namespace MessageQueue.Host;

/// <summary>The reason why the host ends, in one line: <c>MessageQueue: what is wrong; what to do</c>.</summary>
/// <param name="Line">The line.</param>
/// <param name="Code">The exit code, one of <see cref="ExitCode"/>.</param>
internal readonly record struct Failure(string Line, int Code)
{
    /// <summary>Translates an exception.</summary>
    /// <param name="exception">The exception that ended the host.</param>
    /// <param name="settings">The settings; null where they could not be read.</param>
    public static Failure From(Exception exception, HostSettings? settings)
    {
        string url = settings?.Server.Url ?? "the address";
        string data = settings?.Server.DataDirectory ?? "the data directory";
        string urlOption = settings?.NameOf("url") ?? "--url";
        string dataOption = settings?.NameOf("data") ?? "--data";
        // Kestrel wraps the socket's exception once or twice, by the kind of address.
        return SocketErrorOf(exception) switch
        {
            SocketError.AddressAlreadyInUse =>
                Runtime($"{url} is already in use", $"stop the program that listens there, or choose another port with {urlOption}"),
            SocketError.AccessDenied => Runtime($"listening on {url} is not permitted", $"choose a port from 1024 on with {urlOption}"),
            SocketError error => Runtime($"cannot listen on {url} ({error})", $"choose an address of this machine with {urlOption}"),
            null => exception switch
            {
                MessageQueueClientException client => From(client),
                CommandException command => new Failure(Compose(command.Message, "see --help"), command.Code),
                UsageException => Usage(exception.Message, "see --help"),
                ArgumentException argument => Usage(OptionMessage.Of(Message(argument), settings), "see --help for what is allowed"),
                LogLockedException => Runtime(exception.Message, $"stop that process, or choose another directory with {dataOption}"),
                LogDamagedException =>
                    Runtime(exception.Message, "run 'log verify', then restore the directory from a backup or run 'log repair'"),
                LogFailedException =>
                    Runtime(exception.Message, "check that the directory can be written and the disk has space, then start again"),
                MessageQueueException => Runtime(exception.Message, "start with --log-level debug for details"),
                IOException or UnauthorizedAccessException =>
                    Runtime(
                        $"cannot store in {data}: {exception.Message}",
                        $"make it a writable directory, or choose another with {dataOption}"),
                _ => Runtime($"{exception.GetType().Name}: {exception.Message}", "start with --log-level debug for details"),
            },
        };
    }

    private static Failure Usage(string wrong, string advice) => new(Compose(wrong, advice), ExitCode.Usage);

    private static Failure Runtime(string wrong, string advice) => new(Compose(wrong, advice), ExitCode.Failed);

    private static Failure From(MessageQueueClientException exception)
    {
        (string advice, int code) = exception.Code switch
        {
            MessageQueueClientException.Unreachable => ("start it, or choose another with --url", ExitCode.Unreachable),
            MessageQueueClientException.Forbidden => ("give the right --token, or set MESSAGEQUEUE_TOKEN", ExitCode.NotAllowed),
            "unknown_session" => ("run the command sessions to list the sessions there are", ExitCode.UnknownSession),
            MessageQueueClientException.NotAServer => ("choose another with --url", ExitCode.Failed),
            MessageQueueClientException.OutcomeUnknown => ("check it, or repeat the command", ExitCode.Failed),
            _ => ("see --help", ExitCode.Failed),
        };

        // The server's own text may have a semicolon, which is no advice.
        return new Failure(Compose(exception.Message.Replace(';', ','), advice), code);
    }

    /// <summary>Adds the advice, except to a message that has a semicolon: it has its own.</summary>
    private static string Compose(string wrong, string advice)
    {
        string whole = wrong.Contains("; ", StringComparison.Ordinal) ? wrong : $"{wrong.TrimEnd('.', ' ')}; {advice}";
        // The message may quote what the user typed: control characters would break the line or command the terminal.
        return "MessageQueue: " + string.Concat(whole.Select(c => char.IsControl(c) ? ' ' : c)).TrimEnd('.', ' ');
    }

    private static string Message(ArgumentException exception) => exception.ParamName is string name
        ? exception.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
        : exception.Message;

    private static SocketError? SocketErrorOf(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is SocketException socket)
            {
                return socket.SocketErrorCode;
            }
        }

        return null;
    }
}
