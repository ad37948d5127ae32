namespace MessageQueue.SocketIO;

/// <summary>
/// How a server speaks Socket.IO. The defaults are those of socket.io 4. Limits of the server itself, such as
/// <see cref="MessageQueueOptions.MaxConnections"/> and <see cref="MessageQueueOptions.MaxOutboundBytes"/>, hold here too.
/// </summary>
public sealed class SocketIOOptions
{
    /// <summary>How often the server pings a client. Default 25 s; 1 ms to 24 days.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>How long a client may take to answer a ping before its connection is closed. Default 20 s; 1 ms to 24 days.</summary>
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long an upgrade from polling to WebSocket may take. Default 10 s; 1 ms to 24 days.</summary>
    public TimeSpan UpgradeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The largest message from a client, and the largest body of a polling request, in bytes. Default 1,000,000; 1 KiB to 16 MiB.
    /// </summary>
    public int MaxMessageBytes { get; set; } = 1_000_000;

    /// <summary>How long a client may be connected without joining a namespace. Default 45 s; 1 ms to 24 days.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>Which transports clients may use. Default both.</summary>
    public SocketIOTransports Transports { get; set; } = SocketIOTransports.All;

    /// <summary>Whether a client may change from polling to WebSocket. Default true.</summary>
    public bool AllowUpgrades { get; set; } = true;

    /// <summary>
    /// The directory <c>dist</c> of npm's <c>socket.io-client</c>. Its builds and their source maps are served below the path of the
    /// server, such as <c>/socket.io/socket.io.js</c>. Null, the default, serves none.
    /// </summary>
    public string? ClientFiles { get; set; }

    /// <summary>How many binary attachments a packet may have. Default 10; 0 to 1,000.</summary>
    public int MaxAttachments { get; set; } = 10;

    /// <summary>How many namespaces a connection may join. Default 16; 1 to 1,000.</summary>
    public int MaxNamespaces { get; set; } = 16;

    /// <summary>
    /// Whether clients may join, leave and emit to rooms with the events <c>mq:join</c>, <c>mq:leave</c> and <c>mq:emit</c>, with the same
    /// permissions as clients of the JSON protocol. Default false.
    /// </summary>
    public bool RoomEvents { get; set; }

    /// <summary>
    /// Whether clients may connect to any namespace. False, the default: to <c>/</c> and to those that the app has added.
    /// </summary>
    public bool AllowAnyNamespace { get; set; }

    /// <summary>
    /// Whether clients get what Socket.IO needs to recover a connection: a private id, and the number of each event as its last argument.
    /// Default true. False: as socket.io without connection state recovery.
    /// </summary>
    public bool ConnectionStateRecovery { get; set; } = true;

    /// <summary>
    /// How long after an event the server asks, by a ping, whether the client has received it. Default 1 s; 1 ms to 24 days.
    /// </summary>
    public TimeSpan ReceiptInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The shortest of the times, which a timer has to keep.</summary>
    internal TimeSpan ShortestInterval =>
        new[] { PingInterval, PingTimeout, UpgradeTimeout, ConnectTimeout, ReceiptInterval }.Min();

    /// <summary>Returns the options that the app sets, checked, and not changed any more.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it and what is allowed.</exception>
    internal static SocketIOOptions From(Action<SocketIOOptions>? configure)
    {
        SocketIOOptions options = new();
        configure?.Invoke(options);
        SocketIOOptions copy = (SocketIOOptions)options.MemberwiseClone();
        SocketIOOptionsValidation.Check(copy);
        return copy;
    }
}
