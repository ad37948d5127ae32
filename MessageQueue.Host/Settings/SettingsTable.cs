using Microsoft.Extensions.Logging;

namespace MessageQueue.Host.Settings;

/// <summary>
/// All settings. The command line, the environment, the file and the help are made from these rows. The bounds are those of
/// <see cref="MessageQueueOptions"/>; they are repeated here so that a message can name the source of a value that is out of bounds.
/// </summary>
internal static class SettingsTable
{
    private const int MiB = 1 << 20;

    /// <summary>The rows, in the order of the help.</summary>
    public static IReadOnlyList<Setting> Rows { get; } =
    [
        Setting.One("url", Kinds.Url,
            s => s.Server.Url, (s, v) => s.Server.Url = v,
            "The address to listen on. Port 0 takes a free port."),
        Setting.One("certificate", Kinds.Text("FILE"),
            null, (s, v) => s.Server.Certificate = Path.GetFullPath(v),
            """
            The certificate for --url https://…: a PEM file, with the certificates that lead to the root, or a PFX file. The
            files are read again every 10 seconds, so a new certificate needs no restart.
            """),
        Setting.One("certificate-key", Kinds.Text("FILE"),
            null, (s, v) => s.Server.CertificateKey = Path.GetFullPath(v),
            "The PEM file of its private key, if that is a file of its own."),
        Setting.One("certificate-password", Kinds.Text("PASSWORD"),
            null, (s, v) => s.Server.CertificatePassword = v,
            "The password of the private key. Other users can read command lines: prefer the variable or the file.",
            secret: true),
        Setting.Many("trusted-proxy", Kinds.Text("ADDRESS"), SetProxies,
            """
            A proxy, such as 127.0.0.1, or a network of them, such as 10.0.0.0/8, whose X-Forwarded-For and X-Forwarded-Proto
            say which client it is. From others they are ignored. May be repeated.
            """),
        Setting.One("data", Kinds.Text("DIR"),
            s => s.Server.DataDirectory, (s, v) => s.Server.DataDirectory = v,
            "The data directory, relative to the current one; created when missing."),
        Setting.One("durability", Kinds.OneOf<Durability>(),
            null, (s, v) => s.Server.Durability = v,
            """
            What happens to an event before it is acknowledged, and so which failures can lose it.
              fsync   flushed to the device: survives a power cut (default)
              os      handed to the operating system: survives a crash of this process; a power cut or
                      kernel crash loses the last seconds, acknowledged or not
              memory  never on disk: every stop or crash loses all events and sessions
            """),
        Setting.One("token", Kinds.Text("TOKEN"),
            null, (s, v) => s.Token = v,
            """
            The token that clients must present to connect, as ?token= or as a bearer token. Other users of this machine can
            read command lines: prefer the variable or the file.
            """,
            secret: true),
        Setting.One("token-secret", Kinds.Secret("SECRET"),
            null, (s, v) => s.Server.Tokens.Secret = v,
            """
            A secret, at least 32 bytes, with which a backend signs tokens of its users: JWTs with HS256. Prefer --token-key, a file.
            """,
            secret: true),
        Setting.Many("token-key", Kinds.Text("FILE"), SetKeyFiles,
            """
            A file with keys for users' tokens: public keys in PEM (RS256, ES256), JSON Web Keys, or a secret (HS256). It is read
            again when it changes. May be repeated.
            """),
        Setting.One("token-jwks", Kinds.Jwks,
            null, (s, v) => s.Server.Tokens.JwksUrl = v,
            "The address of a JSON Web Key Set for users' tokens."),
        Setting.One("token-jwks-interval", Durations.Finite,
            s => s.Server.Tokens.JwksRefreshInterval, (s, v) => s.Server.Tokens.JwksRefreshInterval = v,
            "How often it is read again, in addition to when a token names an unknown key."),
        Setting.One("token-issuer", Kinds.Text("ISSUER"),
            null, (s, v) => s.Server.Tokens.Issuer = v,
            "The iss that users' tokens must have. Default: any."),
        Setting.One("token-audience", Kinds.Text("AUDIENCE"),
            null, (s, v) => s.Server.Tokens.Audience = v,
            "What has to be in the aud of users' tokens. Default: anything."),
        Setting.One("token-claim", Kinds.Text("NAME"),
            s => s.Server.Tokens.Claim, (s, v) => s.Server.Tokens.Claim = v,
            "The claim of users' tokens that says what they allow."),
        Setting.One("token-leeway", Durations.Finite,
            s => s.Server.Tokens.Leeway, (s, v) => s.Server.Tokens.Leeway = v,
            "How far the clocks of the issuer and of this server may differ."),
        Setting.One("token-expiry-notice", Durations.Finite,
            s => s.Server.Tokens.ExpiryNotice, (s, v) => s.Server.Tokens.ExpiryNotice = v,
            "How long before its token expires a connection is told; 0s for never."),
        Setting.One("max-token-length", Kinds.Number(256, 65_536),
            s => s.Server.Tokens.MaxTokenLength, (s, v) => s.Server.Tokens.MaxTokenLength = v,
            "The largest number of characters of a user's token."),
        Setting.One("operator-token", Kinds.Text("TOKEN"),
            null, (s, v) => s.OperatorToken = v,
            "The token of operators, for the endpoints below /- and /metrics. Without it, --token is theirs too.",
            secret: true),
        Setting.One("operator-read-token", Kinds.Text("TOKEN"),
            null, (s, v) => s.OperatorReadToken = v,
            "A token with which operators may read, and change nothing.",
            secret: true),
        Setting.Many("allow-origin", Kinds.Origin, SetOrigins,
            "An origin that browsers may connect from, in addition to the server's own; * for all. May be repeated."),
        Setting.One("insecure", Kinds.Flag,
            null, (s, v) => s.Insecure = v,
            "Allows listening beyond this machine without a token: whoever reaches the port can read and write everything."),
        Setting.One("no-page", Kinds.Flag,
            null, (s, v) => s.NoPage = v,
            "Serves no page at /. Otherwise a browser that opens the address gets a chat."),
        Setting.One("no-socketio", Kinds.Flag,
            null, (s, v) => s.NoSocketIO = v,
            "Serves no Socket.IO clients at /socket.io."),
        Setting.One("socketio-client", Kinds.Text("DIR"),
            null, (s, v) => s.SocketIOClient = v,
            "The directory dist of npm's socket.io-client; its builds are served at /socket.io/socket.io.js and beside."),
        Setting.One("log-level", Kinds.OneOf<LogLevel>("LEVEL"),
            s => s.LogLevel, (s, v) => s.LogLevel = v,
            "The lowest level that is logged: trace, debug, information, warning, error, critical or none."),

        Setting.One("max-message-bytes", Kinds.Number(1024, 16 * MiB),
            s => s.Server.MaxMessageBytes, (s, v) => s.Server.MaxMessageBytes = v,
            "The largest message from a client; at most a quarter of --segment-bytes."),
        Setting.One("default-window", Kinds.Number(1, 1_000_000),
            s => s.Server.DefaultWindow, (s, v) => s.Server.DefaultWindow = v,
            "The largest number of unacknowledged events in flight on a connection that asks for no window; at most --max-window."),
        Setting.One("max-window", Kinds.Number(1, 1_000_000),
            s => s.Server.MaxWindow, (s, v) => s.Server.MaxWindow = v,
            "The largest window that a connection can ask for."),
        Setting.One("max-connections", Kinds.Number(1, int.MaxValue),
            s => s.Server.MaxConnections, (s, v) => s.Server.MaxConnections = v,
            "The largest number of open connections."),
        Setting.One("max-connections-per-address", Kinds.Number(0, int.MaxValue),
            s => s.Server.MaxConnectionsPerAddress, (s, v) => s.Server.MaxConnectionsPerAddress = v,
            "The largest number of open connections from one address; 0 for no limit."),
        Setting.One("max-messages-per-second", Kinds.Number(0, 1_000_000),
            s => s.Server.MaxMessagesPerSecond, (s, v) => s.Server.MaxMessagesPerSecond = v,
            "The largest number of messages in a second from one connection; 0 for no limit."),
        Setting.One("message-burst", Kinds.Number(0, 1_000_000),
            s => s.Server.MessageBurst, (s, v) => s.Server.MessageBurst = v,
            "The largest number of messages that a connection may send at once after a pause; 0 for --max-messages-per-second."),
        Setting.One("max-messages-per-second-per-address", Kinds.Number(0, 1_000_000),
            s => s.Server.MaxMessagesPerSecondPerAddress, (s, v) => s.Server.MaxMessagesPerSecondPerAddress = v,
            "The largest number of messages in a second from all connections of one address; 0 for no limit."),
        Setting.One("message-burst-per-address", Kinds.Number(0, 1_000_000),
            s => s.Server.MessageBurstPerAddress, (s, v) => s.Server.MessageBurstPerAddress = v,
            "The same as --message-burst, for all connections of one address."),
        Setting.One("max-sessions", Kinds.Number(1, int.MaxValue),
            s => s.Server.MaxSessions, (s, v) => s.Server.MaxSessions = v,
            "The largest number of sessions, connected or not."),
        Setting.One("max-rooms-per-session", Kinds.Number(1, 65_535),
            s => s.Server.MaxRoomsPerSession, (s, v) => s.Server.MaxRoomsPerSession = v,
            "The largest number of rooms that one session may be in."),
        Setting.One("max-left-rooms-per-session", Kinds.Number(1, 1_000_000),
            s => s.Server.MaxLeftRoomsPerSession, (s, v) => s.Server.MaxLeftRoomsPerSession = v,
            "The largest number of rooms that one session may have left while their events are pending for it."),
        Setting.One("max-watches-per-connection", Kinds.Number(0, 10_000),
            s => s.Server.MaxWatchesPerConnection, (s, v) => s.Server.MaxWatchesPerConnection = v,
            "The largest number of rooms whose presence one connection may watch; 0 for none."),
        Setting.One("max-presence-members", Kinds.Number(1, 100_000),
            s => s.Server.MaxPresenceMembers, (s, v) => s.Server.MaxPresenceMembers = v,
            "The largest number of sessions of a room that are named to those who watch it; more are counted."),
        Setting.One("max-presence-bytes", Kinds.Number(0, 8192),
            s => s.Server.MaxPresenceBytes, (s, v) => s.Server.MaxPresenceBytes = v,
            "The largest number of bytes that a session may show of itself."),
        Setting.One("max-rooms-per-emit", Kinds.Number(1, 65_535),
            s => s.Server.MaxRoomsPerEmit, (s, v) => s.Server.MaxRoomsPerEmit = v,
            "The largest number of rooms that one event may be emitted to."),
        Setting.One("max-deliveries", Kinds.Number(0, 10_000),
            s => s.Server.MaxDeliveries, (s, v) => s.Server.MaxDeliveries = v,
            "How often an event is delivered to a session before it moves to the room dead:SESSION; 0 for no limit."),
        Setting.One("max-inbox-commands", Kinds.Number(1, 65_536),
            s => s.Server.MaxInboxCommands, (s, v) => s.Server.MaxInboxCommands = v,
            "The largest number of commands of one connection that wait for the log."),
        Setting.One("max-inbox-bytes", Kinds.Number(1024, int.MaxValue),
            s => s.Server.MaxInboxBytes, (s, v) => s.Server.MaxInboxBytes = v,
            "The largest number of bytes of these commands."),
        Setting.One("max-inbox-total-bytes", Kinds.Number(1024, long.MaxValue),
            s => s.Server.MaxInboxTotalBytes, (s, v) => s.Server.MaxInboxTotalBytes = v,
            "The largest number of bytes of these commands of all connections; at least --max-inbox-bytes."),
        Setting.One("max-outbound-bytes", Kinds.Number(1024, int.MaxValue),
            s => s.Server.MaxOutboundBytes, (s, v) => s.Server.MaxOutboundBytes = v,
            "The largest number of bytes that wait to be sent to one connection."),
        Setting.One("send-threads", Kinds.Number(0, 64),
            s => s.Server.SendThreads, (s, v) => s.Server.SendThreads = v,
            "The threads that send at the same time what many connections get together; 0 for one per processor, at most 4."),
        Setting.One("event-cache-bytes", Kinds.Number(65_536, long.MaxValue),
            s => s.Server.EventCacheBytes, (s, v) => s.Server.EventCacheBytes = v,
            "The bytes of recent events that are kept in memory."),
        Setting.One("segment-bytes", Kinds.Number(MiB, 1 << 30),
            s => s.Server.SegmentBytes, (s, v) => s.Server.SegmentBytes = v,
            "The size of one file of the log."),
        Setting.One("reserve-bytes", Kinds.Number(0, 1L << 40),
            s => s.Server.ReserveBytes, (s, v) => s.Server.ReserveBytes = v,
            "Disk space that is reserved for when the disk is full; 0 for none."),
        Setting.One("snapshot-bytes", Kinds.Number(MiB, long.MaxValue),
            s => s.Server.SnapshotBytes, (s, v) => s.Server.SnapshotBytes = v,
            "After how many bytes of the log a snapshot is made, and events that no session is owed are dropped."),
        Setting.One("max-log-bytes", Kinds.Number(0, long.MaxValue),
            s => s.Server.MaxLogBytes, (s, v) => s.Server.MaxLogBytes = v,
            "The largest size of the log; beyond it the oldest events are dropped although sessions are owed them. 0 for no limit."),
        Setting.One("max-log-age", Durations.OrInfinite,
            s => s.Server.MaxLogAge, (s, v) => s.Server.MaxLogAge = v,
            "The largest age of an event; older ones are dropped although sessions are owed them. infinite for no limit."),
        Setting.One("max-backlog-per-session", Kinds.Number(0, int.MaxValue),
            s => s.Server.MaxBacklogPerSession, (s, v) => s.Server.MaxBacklogPerSession = v,
            "The largest number of events that one session may be owed; beyond it the oldest are dropped. 0 for no limit."),
        Setting.One("min-history-bytes", Kinds.Number(0, long.MaxValue),
            s => s.Server.MinHistoryBytes, (s, v) => s.Server.MinHistoryBytes = v,
            "The bytes of the log that are kept for sessions that begin in the past; at most --max-log-bytes."),
        Setting.One("min-history-age", Durations.Finite,
            s => s.Server.MinHistoryAge, (s, v) => s.Server.MinHistoryAge = v,
            "The age up to which events are kept for sessions that begin in the past; at most --max-log-age."),
        Setting.One("scrub-interval", Durations.OrInfinite,
            s => s.Server.ScrubInterval, (s, v) => s.Server.ScrubInterval = v,
            "How often the closed files of the log are checked in the background; infinite for never."),
        Setting.One("scrub-bytes-per-second", Kinds.Number(65_536, long.MaxValue),
            s => s.Server.ScrubBytesPerSecond, (s, v) => s.Server.ScrubBytesPerSecond = v,
            "The largest number of bytes that this check reads in a second."),

        Setting.One("named-session-expiry", Durations.OrInfinite,
            s => s.Server.NamedSessionExpiry, (s, v) => s.Server.NamedSessionExpiry = v,
            "How long a named session is kept after it was last connected; infinite to keep it for ever."),
        Setting.One("anonymous-session-expiry", Durations.OrInfinite,
            s => s.Server.AnonymousSessionExpiry, (s, v) => s.Server.AnonymousSessionExpiry = v,
            "The same for a session that got its name from the server."),
        Setting.One("min-redelivery-delay", Durations.Finite,
            s => s.Server.MinRedeliveryDelay, (s, v) => s.Server.MinRedeliveryDelay = v,
            "The shortest wait before an event is delivered again after a nack; each further delivery doubles it."),
        Setting.One("max-redelivery-delay", Durations.Finite,
            s => s.Server.MaxRedeliveryDelay, (s, v) => s.Server.MaxRedeliveryDelay = v,
            "The longest wait that this doubling leads to; at least --min-redelivery-delay."),
        Setting.One("presence-interval", Durations.Finite,
            s => s.Server.PresenceInterval, (s, v) => s.Server.PresenceInterval = v,
            "How long changes of who is in a room are collected before they are told."),
        Setting.One("presence-grace", Durations.Finite,
            s => s.Server.PresenceGrace, (s, v) => s.Server.PresenceGrace = v,
            "How long a session without a connection counts as present in its rooms."),
        Setting.One("handshake-timeout", Durations.Finite,
            s => s.Server.HandshakeTimeout, (s, v) => s.Server.HandshakeTimeout = v,
            "How long a client may take to send its HTTP request."),
        Setting.One("ping-interval", Durations.Finite,
            s => s.Server.PingInterval, (s, v) => s.Server.PingInterval = v,
            "How often a connection is pinged."),
        Setting.One("idle-timeout", Durations.Finite,
            s => s.Server.IdleTimeout, (s, v) => s.Server.IdleTimeout = v,
            "How long a connection may be silent, pongs included, before it is closed; more than --ping-interval."),
        Setting.One("close-timeout", Durations.Finite,
            s => s.Server.CloseTimeout, (s, v) => s.Server.CloseTimeout = v,
            "How long input is discarded after a close frame, so that the client gets its close code; 0s closes at once."),
    ];

    private static void SetKeyFiles(HostSettings settings, IReadOnlyList<string> files)
    {
        settings.Server.Tokens.KeyFiles.Clear();
        foreach (string file in files)
        {
            settings.Server.Tokens.KeyFiles.Add(file);
        }
    }

    private static void SetProxies(HostSettings settings, IReadOnlyList<string> proxies)
    {
        settings.Server.TrustedProxies.Clear();
        foreach (string proxy in proxies)
        {
            settings.Server.TrustedProxies.Add(proxy);
        }
    }

    private static void SetOrigins(HostSettings settings, IReadOnlyList<string> origins)
    {
        settings.Server.AllowedOrigins.Clear();
        foreach (string origin in origins)
        {
            settings.Server.AllowedOrigins.Add(origin);
        }
    }
}
