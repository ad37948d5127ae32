namespace MessageQueue.Host;

/// <summary>What the process ends with; documented in <c>--help</c>.</summary>
internal static class ExitCode
{
    /// <summary>Stopped because it was asked to.</summary>
    public const int Stopped = 0;

    /// <summary>It could not start, or it failed while it ran.</summary>
    public const int Failed = 1;

    /// <summary>An option, variable or setting is wrong: starting again without changing it cannot help.</summary>
    public const int Usage = 2;

    /// <summary>A command found no server.</summary>
    public const int Unreachable = 3;

    /// <summary>The server does not let a command in: the token is wrong or missing.</summary>
    public const int NotAllowed = 4;

    /// <summary>There is no session of that name, or not any more.</summary>
    public const int UnknownSession = 5;
}
