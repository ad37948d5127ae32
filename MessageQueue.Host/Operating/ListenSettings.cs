namespace MessageQueue.Host.Operating;

/// <summary>What <c>listen</c> was asked for.</summary>
internal sealed record ListenSettings
{
    /// <summary>The namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The rooms to join.</summary>
    public required IReadOnlyList<string> Rooms { get; init; }

    /// <summary>The session to be; null for one that the server makes.</summary>
    public string? Session { get; init; }

    /// <summary>Where a new session begins; null for now.</summary>
    public string? From { get; init; }

    /// <summary>The window to ask for; null for the usual one.</summary>
    public string? Window { get; init; }

    /// <summary>Whether what was printed is acknowledged.</summary>
    public bool Acknowledges { get; init; } = true;

    /// <summary>After how many events to end.</summary>
    public long Count { get; init; } = long.MaxValue;
}
