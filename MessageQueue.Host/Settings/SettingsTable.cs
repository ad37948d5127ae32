using Microsoft.Extensions.Logging;

namespace MessageQueue.Host.Settings;

/// <summary>
/// Every setting, once. The command line, the environment, the file and the help are all made from these rows.
/// The bounds are those of <see cref="MessageQueueOptions"/>; they stand here too so that a message can name the source of a value that is out of them.
/// </summary>
internal static class SettingsTable
{
    private const int MiB = 1 << 20;

    /// <summary>The rows, in the order of the help.</summary>
    public static IReadOnlyList<Setting> Rows { get; } =
    [
        Setting.One("url", Kinds.Url, s => s.Server.Url, (s, v) => s.Server.Url = v,
            "Where to listen. Port 0 takes a free one."),
        Setting.One("data", Kinds.Text("DIR"), s => s.Server.DataDirectory, (s, v) => s.Server.DataDirectory = v,
            "The directory to store in, relative to the current one; created when missing."),
        Setting.One("durability", Kinds.OneOf<Durability>(), null, (s, v) => s.Server.Durability = v,
            """
            What has happened to an event before it is acknowledged, and so what can be lost.
              fsync   flushed to the device: survives a power cut (default)
              os      handed to the operating system: survives a crash of this process; a power cut or
                      kernel crash loses the last seconds, acknowledged or not
              memory  never on disk: every stop or crash loses all events and sessions
            """),
        Setting.One("token", Kinds.Text("TOKEN"), null, (s, v) => s.Token = v,
            "What a client must present to connect, as ?token= or as a bearer token. Others on this machine can read a command line: prefer the variable or the file.", secret: true),
        Setting.Many("allow-origin", Kinds.Origin, SetOrigins,
            "An origin that browsers may connect from beside the server's own; * for all. May be repeated."),
        Setting.One("insecure", Kinds.Flag, null, (s, v) => s.Insecure = v,
            "Listen beyond this machine without a token: whoever reaches the port can read and write everything."),
        Setting.One("log-level", Kinds.OneOf<LogLevel>("LEVEL"), s => s.LogLevel, (s, v) => s.LogLevel = v,
            "The least that is logged: trace, debug, information, warning, error, critical or none."),

        Setting.One("max-message-bytes", Kinds.Number(1024, 16 * MiB), s => s.Server.MaxMessageBytes, (s, v) => s.Server.MaxMessageBytes = v,
            "The largest message from a client; at most a quarter of --segment-bytes."),
        Setting.One("default-window", Kinds.Number(1, 1_000_000), s => s.Server.DefaultWindow, (s, v) => s.Server.DefaultWindow = v,
            "Unacknowledged events in flight on a connection that asks for no window; at most --max-window."),
        Setting.One("max-window", Kinds.Number(1, 1_000_000), s => s.Server.MaxWindow, (s, v) => s.Server.MaxWindow = v,
            "The largest window that a connection can ask for."),
        Setting.One("max-connections", Kinds.Number(1, int.MaxValue), s => s.Server.MaxConnections, (s, v) => s.Server.MaxConnections = v,
            "Connections at a time."),
        Setting.One("max-connections-per-address", Kinds.Number(0, int.MaxValue), s => s.Server.MaxConnectionsPerAddress, (s, v) => s.Server.MaxConnectionsPerAddress = v,
            "Connections at a time from one address; 0 for no limit."),
        Setting.One("max-messages-per-second", Kinds.Number(0, 1_000_000), s => s.Server.MaxMessagesPerSecond, (s, v) => s.Server.MaxMessagesPerSecond = v,
            "Messages from one connection; 0 for no limit."),
        Setting.One("message-burst", Kinds.Number(0, 1_000_000), s => s.Server.MessageBurst, (s, v) => s.Server.MessageBurst = v,
            "Messages that a connection may send at once after a pause; 0 for as many as in a second."),
        Setting.One("max-messages-per-second-per-address", Kinds.Number(0, 1_000_000), s => s.Server.MaxMessagesPerSecondPerAddress, (s, v) => s.Server.MaxMessagesPerSecondPerAddress = v,
            "Messages from all connections of one address; 0 for no limit."),
        Setting.One("message-burst-per-address", Kinds.Number(0, 1_000_000), s => s.Server.MessageBurstPerAddress, (s, v) => s.Server.MessageBurstPerAddress = v,
            "The same as --message-burst for an address."),
        Setting.One("max-sessions", Kinds.Number(1, int.MaxValue), s => s.Server.MaxSessions, (s, v) => s.Server.MaxSessions = v,
            "Sessions at a time, connected or not."),
        Setting.One("max-rooms-per-session", Kinds.Number(1, 65_535), s => s.Server.MaxRoomsPerSession, (s, v) => s.Server.MaxRoomsPerSession = v,
            "Rooms that one session may be in."),
        Setting.One("max-left-rooms-per-session", Kinds.Number(1, 1_000_000), s => s.Server.MaxLeftRoomsPerSession, (s, v) => s.Server.MaxLeftRoomsPerSession = v,
            "Rooms that one session may have left while they owe it events."),
        Setting.One("max-rooms-per-emit", Kinds.Number(1, 65_535), s => s.Server.MaxRoomsPerEmit, (s, v) => s.Server.MaxRoomsPerEmit = v,
            "Rooms that one event may be emitted to."),
        Setting.One("max-deliveries", Kinds.Number(0, 10_000), s => s.Server.MaxDeliveries, (s, v) => s.Server.MaxDeliveries = v,
            "How often a session gets an event before it goes to the room dead:SESSION instead; 0 for no limit."),
        Setting.One("max-inbox-commands", Kinds.Number(1, 65_536), s => s.Server.MaxInboxCommands, (s, v) => s.Server.MaxInboxCommands = v,
            "Commands of one connection that may wait for the log."),
        Setting.One("max-inbox-bytes", Kinds.Number(1024, int.MaxValue), s => s.Server.MaxInboxBytes, (s, v) => s.Server.MaxInboxBytes = v,
            "Their bytes."),
        Setting.One("max-inbox-total-bytes", Kinds.Number(1024, long.MaxValue), s => s.Server.MaxInboxTotalBytes, (s, v) => s.Server.MaxInboxTotalBytes = v,
            "The same over all connections; at least --max-inbox-bytes."),
        Setting.One("max-outbound-bytes", Kinds.Number(1024, int.MaxValue), s => s.Server.MaxOutboundBytes, (s, v) => s.Server.MaxOutboundBytes = v,
            "Bytes that may wait to be sent to one connection."),
        Setting.One("event-cache-bytes", Kinds.Number(65_536, long.MaxValue), s => s.Server.EventCacheBytes, (s, v) => s.Server.EventCacheBytes = v,
            "Recent events kept in memory."),
        Setting.One("segment-bytes", Kinds.Number(MiB, 1 << 30), s => s.Server.SegmentBytes, (s, v) => s.Server.SegmentBytes = v,
            "The size of one file of the log."),
        Setting.One("reserve-bytes", Kinds.Number(0, 1L << 40), s => s.Server.ReserveBytes, (s, v) => s.Server.ReserveBytes = v,
            "Disk space held for when there is no other; 0 for none."),
        Setting.One("snapshot-bytes", Kinds.Number(MiB, long.MaxValue), s => s.Server.SnapshotBytes, (s, v) => s.Server.SnapshotBytes = v,
            "Bytes of the log after which a snapshot of the state is made, and what nobody is owed is dropped."),
        Setting.One("max-log-bytes", Kinds.Number(0, long.MaxValue), s => s.Server.MaxLogBytes, (s, v) => s.Server.MaxLogBytes = v,
            "Bytes of the log beyond which the oldest events are dropped although they are owed; 0 for no such limit."),
        Setting.One("max-log-age", Durations.OrInfinite, s => s.Server.MaxLogAge, (s, v) => s.Server.MaxLogAge = v,
            "The same by age; infinite for no such limit."),
        Setting.One("max-backlog-per-session", Kinds.Number(0, int.MaxValue), s => s.Server.MaxBacklogPerSession, (s, v) => s.Server.MaxBacklogPerSession = v,
            "Events that one session may be owed before the oldest are dropped; 0 for any number."),
        Setting.One("min-history-bytes", Kinds.Number(0, long.MaxValue), s => s.Server.MinHistoryBytes, (s, v) => s.Server.MinHistoryBytes = v,
            "Bytes of the log that are kept for sessions that begin in the past; at most --max-log-bytes."),
        Setting.One("min-history-age", Durations.Finite, s => s.Server.MinHistoryAge, (s, v) => s.Server.MinHistoryAge = v,
            "The same by age; at most --max-log-age."),
        Setting.One("scrub-interval", Durations.OrInfinite, s => s.Server.ScrubInterval, (s, v) => s.Server.ScrubInterval = v,
            "How often the closed files of the log are read and checked in the background; infinite for never."),
        Setting.One("scrub-bytes-per-second", Kinds.Number(65_536, long.MaxValue), s => s.Server.ScrubBytesPerSecond, (s, v) => s.Server.ScrubBytesPerSecond = v,
            "How much of it at most."),

        Setting.One("named-session-expiry", Durations.OrInfinite, s => s.Server.NamedSessionExpiry, (s, v) => s.Server.NamedSessionExpiry = v,
            "How long a named session is kept after it was last connected; infinite for ever."),
        Setting.One("anonymous-session-expiry", Durations.OrInfinite, s => s.Server.AnonymousSessionExpiry, (s, v) => s.Server.AnonymousSessionExpiry = v,
            "The same for a session that has no name of its own."),
        Setting.One("min-redelivery-delay", Durations.Finite, s => s.Server.MinRedeliveryDelay, (s, v) => s.Server.MinRedeliveryDelay = v,
            "How long an event waits at least after a nack; twice as long for every time more that it was sent."),
        Setting.One("max-redelivery-delay", Durations.Finite, s => s.Server.MaxRedeliveryDelay, (s, v) => s.Server.MaxRedeliveryDelay = v,
            "Where that growth ends; at least --min-redelivery-delay."),
        Setting.One("handshake-timeout", Durations.Finite, s => s.Server.HandshakeTimeout, (s, v) => s.Server.HandshakeTimeout = v,
            "How long a client may take over its HTTP request."),
        Setting.One("ping-interval", Durations.Finite, s => s.Server.PingInterval, (s, v) => s.Server.PingInterval = v,
            "How often a connection is pinged."),
        Setting.One("idle-timeout", Durations.Finite, s => s.Server.IdleTimeout, (s, v) => s.Server.IdleTimeout = v,
            "How long a connection may be silent, pongs included; more than --ping-interval."),
        Setting.One("close-timeout", Durations.Finite, s => s.Server.CloseTimeout, (s, v) => s.Server.CloseTimeout = v,
            "How long input is discarded after a close frame; 0s closes at once."),
    ];

    private static void SetOrigins(HostSettings settings, IReadOnlyList<string> origins)
    {
        settings.Server.AllowedOrigins.Clear();
        foreach (string origin in origins)
        {
            settings.Server.AllowedOrigins.Add(origin);
        }
    }
}
