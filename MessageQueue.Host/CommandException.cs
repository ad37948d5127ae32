namespace MessageQueue.Host;

/// <summary>A command failed. The message says what is wrong and, after a semicolon, what to do.</summary>
internal sealed class CommandException(int code, string message) : Exception(message)
{
    /// <summary>The exit code: one of <see cref="ExitCode"/>.</summary>
    public int Code { get; } = code;
}
