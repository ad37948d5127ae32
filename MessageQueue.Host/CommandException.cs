namespace MessageQueue.Host;

/// <summary>A command came to nothing. The message says what is wrong and, behind a semicolon, what to do.</summary>
internal sealed class CommandException(int code, string message) : Exception(message)
{
    /// <summary>What the process ends with: one of <see cref="ExitCode"/>.</summary>
    public int Code { get; } = code;
}
