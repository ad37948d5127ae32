using System.Text.Json;
using MessageQueue.Client.Connections;

namespace MessageQueue.Client;

/// <summary>The options of a <see cref="MessageQueueClient"/>. It copies them; later changes have no effect.</summary>
public sealed class MessageQueueClientOptions
{
    /// <summary>
    /// The address of the server, with the namespace as its path: <c>http://127.0.0.1:8080/chat</c>. The schemes <c>http</c>, <c>https</c>,
    /// <c>ws</c> and <c>wss</c> are allowed. Required.
    /// </summary>
    public string Url { get; set; } = "";

    /// <summary>
    /// The session to connect as, 1 to 128 characters. Null: the server makes one, which the client keeps while it exists; it expires
    /// 2 minutes after its last connection.
    /// </summary>
    public string? Session { get; set; }

    /// <summary>
    /// Returns the token; called before every attempt to connect, and again when the server says that the token expires. Null, or a result
    /// of null: no token.
    /// </summary>
    public Func<CancellationToken, ValueTask<string?>>? Token { get; set; }

    /// <summary>Rooms to join while connecting.</summary>
    public IList<string> Rooms { get; set; } = [];

    /// <summary>
    /// Where a new session begins: <c>all</c>, <c>last:N</c> or an event's number. Null: with the present. Used for the first connection
    /// only.
    /// </summary>
    public string? From { get; set; }

    /// <summary>
    /// Whether the session is shared with other connections that say the same: each event goes to one of them. Default false: the
    /// connection that comes last takes the session over.
    /// </summary>
    public bool Shared { get; set; }

    /// <summary>
    /// How many events may be here and not acknowledged. It bounds what waits in memory for handlers and readers. The server may grant
    /// less. Null: the server's default.
    /// </summary>
    public int? Window { get; set; }

    /// <summary>How many events are handled at once. Default 1: in order.</summary>
    public int MaxConcurrentHandlers { get; set; } = 1;

    /// <summary>
    /// Whether an event is acknowledged when its handlers have finished, and a gap when it was told. Default true; false: handlers call
    /// <see cref="ReceivedEvent{T}.AckAsync"/>, then or later.
    /// </summary>
    public bool AutoAcknowledge { get; set; } = true;

    /// <summary>
    /// How long an event that has no handler yet waits for one, before it is acknowledged and told. It lets handlers be added after
    /// connecting. Default 10 seconds; zero does not wait, infinite never acknowledges such events.
    /// </summary>
    public TimeSpan UnhandledTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How many emits, joins and leaves may wait or be unanswered. Default 1,000.</summary>
    public int OutboxLimit { get; set; } = 1000;

    /// <summary>How many bytes they may have together. Default 16 MiB.</summary>
    public long OutboxBytes { get; set; } = 16 << 20;

    /// <summary>
    /// A file that keeps emits until they are answered, so that the next process sends them if this one ends before. It is created if it
    /// does not exist, and used by one client at a time. It needs a <see cref="Session"/>. Null: they are kept in memory.
    /// </summary>
    public string? OutboxFile { get; set; }

    /// <summary>The longest wait before the first attempt to reconnect; it doubles with every failure. Default 0.5 seconds.</summary>
    public TimeSpan BackOffBase { get; set; } = TimeSpan.FromSeconds(0.5);

    /// <summary>The longest wait before any attempt to reconnect. Default 30 seconds.</summary>
    public TimeSpan BackOffCap { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long after the last answer the server is pinged. Default 25 seconds.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>How long the server may take to accept a connection, to answer a ping, and to answer a close. Default 10 seconds.</summary>
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long closing waits for handlers, acknowledgements and emits that are under way. Default 5 seconds; zero does not wait.
    /// </summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest message from the server, in bytes; the connection is closed at a larger one. Default 64 MiB.</summary>
    public int MaxMessageBytes { get; set; } = 64 << 20;

    /// <summary>
    /// How data is read and written. Null: as in ASP.NET Core (camel case), by reflection. Where reflection is off, as in apps compiled
    /// ahead of time, give options with a source-generated <see cref="JsonSerializerOptions.TypeInfoResolver"/>.
    /// </summary>
    public JsonSerializerOptions? JsonSerializerOptions { get; set; }

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Returns a number from 0 to 1 for the jitter.</summary>
    internal Func<double> Random { get; set; } = System.Random.Shared.NextDouble;

    /// <summary>The path of the address.</summary>
    internal string Namespace { get; private set; } = "/";

    /// <summary>The address for WebSockets.</summary>
    internal Uri Address { get; private set; } = null!;

    /// <summary>Returns a copy that was checked.</summary>
    /// <exception cref="ArgumentException">An option is not allowed. The message names it.</exception>
    internal MessageQueueClientOptions Copy()
    {
        var copy = (MessageQueueClientOptions)MemberwiseClone();
        copy.Rooms = [.. Rooms];
        copy.Address = ConnectUrl.Parse(Url);
        copy.Namespace = Uri.UnescapeDataString(copy.Address.AbsolutePath);
        copy.Check();
        return copy;
    }

    private void Check()
    {
        Require(Session is not "", nameof(Session), "is empty; leave it out for a session without a name of its own");
        Require(OutboxFile is null || Session is not null, nameof(OutboxFile), "needs a Session, to which the next process belongs too");
        Require(Window is null or > 0, nameof(Window), "has to be 1 or more");
        Require(MaxConcurrentHandlers is > 0 and <= 1000, nameof(MaxConcurrentHandlers), "has to be from 1 to 1,000");
        Require(OutboxLimit > 0, nameof(OutboxLimit), "has to be 1 or more");
        Require(OutboxBytes > 0, nameof(OutboxBytes), "has to be 1 or more");
        Require(MaxMessageBytes > 0, nameof(MaxMessageBytes), "has to be 1 or more");
        Require(BackOffBase > TimeSpan.Zero, nameof(BackOffBase), "has to be more than zero");
        Require(BackOffCap >= BackOffBase, nameof(BackOffCap), "has to be at least BackOffBase");
        Require(PingInterval > TimeSpan.Zero, nameof(PingInterval), "has to be more than zero");
        Require(AnswerTimeout > TimeSpan.Zero, nameof(AnswerTimeout), "has to be more than zero");
        Require(CloseTimeout >= TimeSpan.Zero, nameof(CloseTimeout), "has to be zero or more");
        Require(
            UnhandledTimeout >= TimeSpan.Zero || UnhandledTimeout == Timeout.InfiniteTimeSpan,
            nameof(UnhandledTimeout), "has to be zero or more, or infinite");
    }

    private static void Require(bool isAllowed, string option, string what)
    {
        if (!isAllowed)
        {
            throw new ArgumentException($"{option} {what}", option);
        }
    }
}
