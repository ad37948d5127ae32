namespace MessageQueue.Host;

/// <summary>The exit codes of the process, documented in <c>--help</c>.</summary>
internal static class ExitCode
{
    /// <summary>The command is done, or the server was asked to stop.</summary>
    public const int Stopped = 0;

    /// <summary>The host could not start, or failed while it ran.</summary>
    public const int Failed = 1;

    /// <summary>An option, variable or setting is wrong. Starting again without a change cannot help.</summary>
    public const int Usage = 2;

    /// <summary>No server answers a command.</summary>
    public const int Unreachable = 3;

    /// <summary>The server refuses a command: the token is wrong or missing.</summary>
    public const int NotAllowed = 4;

    /// <summary>There is no session of that name, or not any more.</summary>
    public const int UnknownSession = 5;
}
