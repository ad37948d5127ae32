namespace MessageQueue.Protocol;

/// <summary>The fields of a <c>welcome</c>. Names are UTF-8.</summary>
internal readonly ref struct WelcomeMessage
{
    /// <summary>The session's name.</summary>
    public required ReadOnlySpan<byte> Session { get; init; }

    /// <summary>The name by which others know a session without a name of its own. Written only if there is one.</summary>
    public ReadOnlySpan<byte> Alias { get; init; }

    /// <summary>Whether the session existed before.</summary>
    public required bool Resumed { get; init; }

    /// <summary>The number of events that are pending now, as far as they were counted.</summary>
    public required long Pending { get; init; }

    /// <summary>Whether more events are pending than were counted. Written only if true.</summary>
    public bool More { get; init; }

    /// <summary>The window that the server grants.</summary>
    public required int Window { get; init; }

    /// <summary>The size of the largest message that a client may send.</summary>
    public required int MaxBytes { get; init; }

    /// <summary>The server's name and version.</summary>
    public required ReadOnlySpan<byte> Server { get; init; }

    /// <summary>The log's id.</summary>
    public required ReadOnlySpan<byte> Log { get; init; }

    /// <summary>
    /// The logs from which this one started as a copy, as <see cref="ContinuedLog"/> writes them. Written only if there are any.
    /// </summary>
    public ReadOnlySpan<byte> Continues { get; init; }
}
