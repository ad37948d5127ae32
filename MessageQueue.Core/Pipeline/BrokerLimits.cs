using MessageQueue.Presence;
using MessageQueue.Retention;
using MessageQueue.Storage;

namespace MessageQueue.Pipeline;

/// <summary>The limits of the broker. Each is documented at the public option of the same name.</summary>
internal sealed record BrokerLimits
{
    public required int MaxMessageBytes { get; init; }

    public required int DefaultWindow { get; init; }

    public required int MaxWindow { get; init; }

    public required int MaxInboxCommands { get; init; }

    public required int MaxInboxBytes { get; init; }

    public required long MaxInboxTotalBytes { get; init; }

    public required int MaxSessions { get; init; }

    public required int MaxRoomsPerSession { get; init; }

    public required int MaxLeftRoomsPerSession { get; init; }

    public required int MaxRoomsPerEmit { get; init; }

    public required TimeSpan NamedSessionExpiry { get; init; }

    public required TimeSpan AnonymousSessionExpiry { get; init; }

    public required TimeSpan MinRedeliveryDelay { get; init; }

    public required TimeSpan MaxRedeliveryDelay { get; init; }

    public required int MaxDeliveries { get; init; }

    public required long EventCacheBytes { get; init; }

    public int SendThreads { get; init; } = 1;

    public required PresenceLimits Presence { get; init; }

    public RetentionLimits Retention { get; init; } = new();

    public ScrubLimits Scrub { get; init; } = new();
}
