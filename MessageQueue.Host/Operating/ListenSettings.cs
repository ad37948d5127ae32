namespace MessageQueue.Host.Operating;

/// <summary>The options of <c>listen</c>.</summary>
internal sealed record ListenSettings
{
    /// <summary>The namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The rooms to join.</summary>
    public required IReadOnlyList<string> Rooms { get; init; }

    /// <summary>The session to connect as; null for one that the server names.</summary>
    public string? Session { get; init; }

    /// <summary>Where a new session begins; null for the present.</summary>
    public string? From { get; init; }

    /// <summary>The window to ask for; null for the server's default.</summary>
    public int? Window { get; init; }

    /// <summary>Whether printed events are acknowledged.</summary>
    public bool Acknowledges { get; init; } = true;

    /// <summary>The number of events after which to end.</summary>
    public long Count { get; init; } = long.MaxValue;
}
