using MessageQueue.Pipeline;
using MessageQueue.Presence;
using MessageQueue.Retention;
using MessageQueue.Storage;
using MessageQueue.Transport;

namespace MessageQueue.Hosting;

/// <summary>Makes the limits of each layer from the options.</summary>
internal static class OptionsMapping
{
    // More than these have not been measured to help.
    private const int MostSendThreads = 4;

    public static BrokerLimits ToBrokerLimits(MessageQueueOptions options) => new()
    {
        MaxMessageBytes = options.MaxMessageBytes,
        DefaultWindow = options.DefaultWindow,
        MaxWindow = options.MaxWindow,
        MaxInboxCommands = options.MaxInboxCommands,
        MaxInboxBytes = options.MaxInboxBytes,
        MaxInboxTotalBytes = options.MaxInboxTotalBytes,
        MaxSessions = options.MaxSessions,
        MaxRoomsPerSession = options.MaxRoomsPerSession,
        MaxLeftRoomsPerSession = options.MaxLeftRoomsPerSession,
        MaxRoomsPerEmit = options.MaxRoomsPerEmit,
        NamedSessionExpiry = options.NamedSessionExpiry,
        AnonymousSessionExpiry = options.AnonymousSessionExpiry,
        MinRedeliveryDelay = options.MinRedeliveryDelay,
        MaxRedeliveryDelay = options.MaxRedeliveryDelay,
        MaxDeliveries = options.MaxDeliveries,
        EventCacheBytes = options.EventCacheBytes,
        SendThreads = options.SendThreads == 0 ? Math.Min(Environment.ProcessorCount, MostSendThreads) : options.SendThreads,
        Presence = new PresenceLimits
        {
            MaxWatchesPerConnection = options.MaxWatchesPerConnection,
            MaxPresenceMembers = options.MaxPresenceMembers,
            MaxPresenceBytes = options.MaxPresenceBytes,
            PresenceInterval = options.PresenceInterval,
            PresenceGrace = options.PresenceGrace,
        },
        Scrub = new ScrubLimits { Interval = options.ScrubInterval, BytesPerSecond = options.ScrubBytesPerSecond },
        Retention = new RetentionLimits
        {
            OnlySealedIsSafe = options.Durability == Durability.Os,
            SnapshotBytes = options.SnapshotBytes,
            MaxLogAge = options.MaxLogAge,
            MaxLogBytes = options.MaxLogBytes,
            MaxBacklogPerSession = options.MaxBacklogPerSession,
            MinHistoryAge = options.MinHistoryAge,
            MinHistoryBytes = options.MinHistoryBytes,
        },
    };

    public static ConnectionLimits ToConnectionLimits(MessageQueueOptions options) => new()
    {
        MaxMessageBytes = options.MaxMessageBytes,
        MaxOutboundBytes = options.MaxOutboundBytes,
        PingInterval = options.PingInterval,
        IdleTimeout = options.IdleTimeout,
        CloseTimeout = options.CloseTimeout,
        TimeProvider = options.TimeProvider,
    };
}
