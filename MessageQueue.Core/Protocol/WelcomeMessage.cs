namespace MessageQueue.Protocol;

/// <summary>The fields of a <c>welcome</c>. Names are UTF-8.</summary>
internal readonly ref struct WelcomeMessage
{
    /// <summary>The session's name.</summary>
    public required ReadOnlySpan<byte> Session { get; init; }

    /// <summary>Whether the session was there before.</summary>
    public required bool Resumed { get; init; }

    /// <summary>Events owed at this moment, as far as they were counted.</summary>
    public required long Pending { get; init; }

    /// <summary>Whether there are more than were counted; written only if so.</summary>
    public bool More { get; init; }

    /// <summary>The window granted.</summary>
    public required int Window { get; init; }

    /// <summary>The size of the largest message that a client may send.</summary>
    public required int MaxBytes { get; init; }

    /// <summary>The server's name and version.</summary>
    public required ReadOnlySpan<byte> Server { get; init; }

    /// <summary>The log's id.</summary>
    public required ReadOnlySpan<byte> Log { get; init; }

    /// <summary>
    /// The logs that this one began as a copy of, as <see cref="ContinuedLog"/> writes them; written only if there are any.
    /// </summary>
    public ReadOnlySpan<byte> Continues { get; init; }
}
