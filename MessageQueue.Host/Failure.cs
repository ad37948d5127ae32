using System.Net.Sockets;
using MessageQueue.Host.Settings;

namespace MessageQueue.Host;

/// <summary>Why the host ends, in one line for a person: <c>MessageQueue: what is wrong; what to do</c>.</summary>
/// <param name="Line">The line.</param>
/// <param name="Code">What the process ends with.</param>
internal readonly record struct Failure(string Line, int Code)
{
    /// <summary>Says what an exception means.</summary>
    /// <param name="exception">What ended the host.</param>
    /// <param name="settings">What it ran with; null where it did not get so far.</param>
    public static Failure From(Exception exception, HostSettings? settings)
    {
        string url = settings?.Server.Url ?? "the address";
        string data = settings?.Server.DataDirectory ?? "the data directory";
        // Kestrel wraps the socket's exception once or twice, by the kind of address.
        return SocketErrorOf(exception) switch
        {
            SocketError.AddressAlreadyInUse => Runtime($"{url} is already in use", "stop what listens there, or choose another port with --url"),
            SocketError.AccessDenied => Runtime($"listening on {url} is not permitted", "choose a port from 1024 on with --url"),
            SocketError error => Runtime($"cannot listen on {url} ({error})", "choose an address of this machine with --url"),
            null => exception switch
            {
                UsageException => Usage(exception.Message, "see --help"),
                ArgumentException argument => Usage(Message(argument), "see --help for what is allowed"),
                LogLockedException => Runtime(exception.Message, "stop that process, or choose another directory with --data"),
                LogDamagedException => Runtime(exception.Message, "see 'log verify', then restore the directory from a backup, or 'log repair' it"),
                LogFailedException => Runtime(exception.Message, "see that the directory can be written and the disk has room, then start again"),
                MessageQueueException => Runtime(exception.Message, "start with --log-level debug for the details"),
                IOException or UnauthorizedAccessException =>
                    Runtime($"cannot store in {data}: {exception.Message}", "make it a writable directory, or choose another with --data"),
                _ => Runtime($"{exception.GetType().Name}: {exception.Message}", "start with --log-level debug for the details"),
            },
        };
    }

    private static Failure Usage(string wrong, string advice) => new(Compose(wrong, advice), ExitCode.Usage);

    private static Failure Runtime(string wrong, string advice) => new(Compose(wrong, advice), ExitCode.Failed);

    /// <summary>A message that has a semicolon says what to do by itself, and knows better.</summary>
    private static string Compose(string wrong, string advice)
    {
        string whole = wrong.Contains("; ", StringComparison.Ordinal) ? wrong : $"{wrong.TrimEnd('.', ' ')}; {advice}";
        // What the user typed may stand in it: one line means one line, and nothing that a terminal obeys.
        return "MessageQueue: " + string.Concat(whole.Select(c => char.IsControl(c) ? ' ' : c)).TrimEnd('.', ' ');
    }

    private static string Message(ArgumentException exception) =>
        exception.ParamName is string name ? exception.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : exception.Message;

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
