namespace MessageQueue.Presence;

/// <summary>The limits of presence. Each is documented at the public option of the same name.</summary>
internal sealed record PresenceLimits
{
    public required int MaxWatchesPerConnection { get; init; }

    public required int MaxPresenceMembers { get; init; }

    public required int MaxPresenceBytes { get; init; }

    public required TimeSpan PresenceInterval { get; init; }

    public required TimeSpan PresenceGrace { get; init; }
}
