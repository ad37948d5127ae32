using System.Text.Json;
using MessageQueue.Connections;
using MessageQueue.Hosting;
using Microsoft.AspNetCore.Http;

namespace MessageQueue;

/// <summary>
/// The settings of one server. They are checked and copied when the server starts; changing them later has no effect.
/// Byte counts are bytes, limits are inclusive, and none of them may be zero or infinite unless its own text says so.
/// </summary>
public sealed class MessageQueueOptions
{
    /// <summary>
    /// Where a self-hosted server listens: one <c>http://HOST:PORT</c>, or <c>https://HOST:PORT</c> with a <see cref="Certificate"/>. Port
    /// 0 takes a free one. Default <c>http://127.0.0.1:8080</c>. Not used by <c>MapMessageQueue</c>.
    /// </summary>
    public string Url { get; set; } = "http://127.0.0.1:8080";

    /// <summary>
    /// The file with the certificate of a self-hosted server whose <see cref="Url"/> begins with <c>https</c>: PEM or PFX, with the
    /// certificates that lead to the root, if there are any. The files are read again every 10 seconds, and what they have become is used
    /// for new connections; if they cannot be used, the certificate before stays. Default none.
    /// </summary>
    public string? Certificate { get; set; }

    /// <summary>The PEM file with the private key of a PEM <see cref="Certificate"/>. Default none: the key is in the same file.</summary>
    public string? CertificateKey { get; set; }

    /// <summary>The password of the private key, in a PFX or an encrypted PEM file. Default none.</summary>
    public string? CertificatePassword { get; set; }

    /// <summary>
    /// Proxies in front of a self-hosted server: addresses such as <c>10.0.0.5</c>, and networks such as <c>10.0.0.0/8</c>. The server
    /// takes the client's address and scheme from their headers <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c>, so limits per address
    /// count the client. These headers are ignored from everybody else. Default none. Not used by <c>MapMessageQueue</c>; use ASP.NET
    /// Core's forwarded headers there.
    /// </summary>
    public IList<string> TrustedProxies { get; private set; } = [];

    /// <summary>
    /// The directory of the log; created when missing. One process at a time. Default <c>data</c>, relative to the current directory. Not
    /// used with <see cref="Durability.Memory"/>.
    /// </summary>
    public string DataDirectory { get; set; } = "data";

    /// <summary>How safely an event is stored before it is acknowledged. Default <see cref="Durability.Fsync"/>.</summary>
    public Durability Durability { get; set; } = Durability.Fsync;

    /// <summary>
    /// The largest message from a client, over all its fragments. Default 1 MiB (1,048,576); 1,024 to 16,777,216, and at most a quarter of
    /// <see cref="SegmentBytes"/>. A larger one closes the connection with 1009.
    /// </summary>
    public int MaxMessageBytes { get; set; } = 1 << 20;

    /// <summary>
    /// Events that may be in flight on a connection that does not ask for a window. Default 1,024; 1 to <see cref="MaxWindow"/>.
    /// </summary>
    public int DefaultWindow { get; set; } = 1024;

    /// <summary>The largest window granted to a connection that asks for one. Default 8,192; 1 to 1,000,000.</summary>
    public int MaxWindow { get; set; } = 8192;

    /// <summary>
    /// Commands of one connection that may wait for the log. Default 256; 1 to 65,536. While that many wait, the server reads nothing more
    /// from that connection.
    /// </summary>
    public int MaxInboxCommands { get; set; } = 256;

    /// <summary>
    /// Bytes of one connection's commands that may wait for the log. Default 1 MiB; at least 1,024. A single command may be larger; it then
    /// waits alone.
    /// </summary>
    public int MaxInboxBytes { get; set; } = 1 << 20;

    /// <summary>
    /// Bytes of all connections' commands that may wait for the log. Default 64 MiB; at least <see cref="MaxInboxBytes"/>. Beyond it, the
    /// server reads connections in turn as space becomes free.
    /// </summary>
    public long MaxInboxTotalBytes { get; set; } = 64L << 20;

    /// <summary>
    /// Bytes that may wait to be sent to one connection. Default 1 MiB; at least 1,024. Events beyond it stay in the log until the client
    /// has read more.
    /// </summary>
    public int MaxOutboundBytes { get; set; } = 1 << 20;

    /// <summary>
    /// Threads that send at the same time what many connections get together. Default 0, which means as many as the machine has processors,
    /// and 4 at most; at most 64. A second thread helps from 64 connections on, and one more for every 32 connections beyond. Every
    /// connection keeps its order.
    /// </summary>
    public int SendThreads { get; set; }

    /// <summary>Connections open at a time. Default 10,000; at least 1. One more is closed with 1013.</summary>
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>
    /// Connections open at a time from one address; for IPv6, from one /64 network. Default 0: no limit per address. One more is closed
    /// with 1013. The address is that of the TCP connection. Behind a proxy all clients have the proxy's address, unless the proxy is one
    /// of <see cref="TrustedProxies"/>, or the app replaces it with theirs by ASP.NET Core's forwarded headers.
    /// </summary>
    public int MaxConnectionsPerAddress { get; set; }

    /// <summary>
    /// Messages a second from one connection. Default 0: no limit; at most 1,000,000. A message beyond it is refused with
    /// <c>rate_limited</c>, and then nothing more is read until one is allowed. An <c>ack</c> or <c>nack</c> is never refused; it waits.
    /// </summary>
    public int MaxMessagesPerSecond { get; set; }

    /// <summary>
    /// Messages that a connection may send at once after a pause. Default 0: as many as <see cref="MaxMessagesPerSecond"/>; at most
    /// 1,000,000.
    /// </summary>
    public int MessageBurst { get; set; }

    /// <summary>
    /// Messages a second from all connections of one address together. An address is the same as for
    /// <see cref="MaxConnectionsPerAddress"/>. Default 0: no limit; at most 1,000,000.
    /// </summary>
    public int MaxMessagesPerSecondPerAddress { get; set; }

    /// <summary>
    /// Messages that an address may send at once after a pause. Default 0: as many as <see cref="MaxMessagesPerSecondPerAddress"/>; at
    /// most 1,000,000.
    /// </summary>
    public int MessageBurstPerAddress { get; set; }

    /// <summary>
    /// Sessions that exist at a time, connected or not, over all namespaces. Default 100,000; at least 1. A connection that would create
    /// one more is closed with 1013.
    /// </summary>
    public int MaxSessions { get; set; } = 100_000;

    /// <summary>
    /// Rooms that one session may be in. Default 1,000; at least 1. Joining one more is refused with <c>forbidden</c>; when it happens
    /// while connecting, it closes the connection with 1008.
    /// </summary>
    public int MaxRoomsPerSession { get; set; } = 1_000;

    /// <summary>
    /// Rooms that one session may have left while events from them are pending for it. Default 1,000; 1 to 1,000,000. Leaving one more is
    /// refused with <c>forbidden</c> until the session has acknowledged some. A room without pending events for the session can always be
    /// left.
    /// </summary>
    public int MaxLeftRoomsPerSession { get; set; } = 1_000;

    /// <summary>
    /// Entries of <c>to</c> in one emit. Default 128; 1 to 65,535. An emit with more is refused with <c>bad_message</c>.
    /// </summary>
    public int MaxRoomsPerEmit { get; set; } = 128;

    /// <summary>
    /// Rooms whose presence one connection may watch. Default 100; 0 to 10,000. Watching one more is refused with <c>forbidden</c>; when it
    /// happens while connecting, it closes the connection with 1008.
    /// </summary>
    public int MaxWatchesPerConnection { get; set; } = 100;

    /// <summary>
    /// Sessions of a room that are named to those who watch its presence. Default 1,000; 1 to 100,000. While more are there, they are only
    /// counted, until half of this number are left.
    /// </summary>
    public int MaxPresenceMembers { get; set; } = 1_000;

    /// <summary>
    /// Bytes of JSON that a client may have its session show of itself to those who watch a room. Default 512; 0 to 8,192. With 0 clients
    /// show nothing; the server's own code still can, with <see cref="Session.ShowAsync{T}(T, CancellationToken)"/>.
    /// </summary>
    public int MaxPresenceBytes { get; set; } = 512;

    /// <summary>
    /// How long changes of presence are collected before they are told in one message. Default 100 ms; 1 ms to 1 minute.
    /// </summary>
    public TimeSpan PresenceInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How long a session stays in the presence of its rooms after its last connection has ended. If it is back by then, nobody is told
    /// that it was away. Default 5 s; zero to 5 minutes.
    /// </summary>
    public TimeSpan PresenceGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a client may take to send its HTTP request. Default 10 s. Used by the self-hosted server; in an app of your own, Kestrel's
    /// own limit applies.
    /// </summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a connection is pinged. Default 25 s.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>
    /// How long a connection may be silent, pongs included, before it counts as dead. Default 45 s; more than <see cref="PingInterval"/>.
    /// </summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>
    /// How long the server discards input after it sent a close frame, so that the close code arrives. Default 1 s; zero closes at once.
    /// </summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a named session is kept after it was last connected. Default 7 days. <see cref="Timeout.InfiniteTimeSpan"/> keeps it for
    /// ever.
    /// </summary>
    public TimeSpan NamedSessionExpiry { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How long a session without a name of its own is kept after it was last connected. Default 2 minutes.
    /// <see cref="Timeout.InfiniteTimeSpan"/> keeps it for ever.
    /// </summary>
    public TimeSpan AnonymousSessionExpiry { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// The least time between a <c>nack</c> and the redelivery of an event that was sent once; it doubles with every time that the event
    /// was sent. Default 100 ms; at least 1 ms.
    /// </summary>
    public TimeSpan MinRedeliveryDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// The delay at which that doubling ends. A client may ask for a longer one. Default 30 s; at least <see cref="MinRedeliveryDelay"/>.
    /// </summary>
    public TimeSpan MaxRedeliveryDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How often a session gets the same event. An event is sent again after a <c>nack</c>, or when a connection ended before the event was
    /// acknowledged. Instead of one more time, the event then goes to the session's dead letters: the rooms <c>dead:NAME</c> and
    /// <c>dead:*</c>, which sessions can join like any other. Default 0: no limit; at most 10,000.
    /// </summary>
    public int MaxDeliveries { get; set; }

    /// <summary>
    /// Bytes of recent events kept in memory. Receivers that are nearly up to date then need no reads from the disk. Default 64 MiB; at
    /// least 64 KiB.
    /// </summary>
    public long EventCacheBytes { get; set; } = 64L << 20;

    /// <summary>The size of one file of the log. Default 64 MiB; 1 MiB to 1 GiB.</summary>
    public int SegmentBytes { get; set; } = 64 << 20;

    /// <summary>
    /// Disk space that the server reserves. When the disk is full, it frees this space, so that acknowledgements, snapshots and retention
    /// go on while emits are refused. Default 64 MiB; zero reserves none.
    /// </summary>
    public long ReserveBytes { get; set; } = 64 << 20;

    /// <summary>
    /// After how many bytes of the log the server makes a snapshot of the state, in the background; it also makes one when the disk is
    /// full. Default 256 MiB; at least 1 MiB. A restart reads the newest snapshot and the log after it. Retention drops files only with a
    /// snapshot, so up to this many bytes too late.
    /// </summary>
    public long SnapshotBytes { get; set; } = 256L << 20;

    /// <summary>
    /// How old pending events may become. Default <see cref="Timeout.InfiniteTimeSpan"/>: any age. Older ones are dropped, file by file,
    /// and <c>gap</c> reports that to the sessions. Events that are pending for nobody are dropped at any age, except those that
    /// <see cref="MinHistoryAge"/> and <see cref="MinHistoryBytes"/> keep.
    /// </summary>
    public TimeSpan MaxLogAge { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// How large the log may become, in bytes. Default 0: any size. Beyond it the oldest files are dropped with the next snapshot, even if
    /// events in them are pending, and <c>gap</c> reports that to the sessions. The file that is being written is not counted.
    /// </summary>
    public long MaxLogBytes { get; set; }

    /// <summary>
    /// How many events may be pending for one session. Default 1,000,000; 0 for any number. Beyond it the session loses the oldest ones,
    /// and <c>gap</c> reports that to it. So a session that never returns does not fill the disk. This is checked with every snapshot;
    /// until the next one, a session can have more.
    /// </summary>
    public int MaxBacklogPerSession { get; set; } = 1_000_000;

    /// <summary>
    /// How long events are kept at least, for sessions that begin in the past with <c>from</c>. Default zero. At most
    /// <see cref="MaxLogAge"/>.
    /// </summary>
    public TimeSpan MinHistoryAge { get; set; }

    /// <summary>
    /// How many bytes of the log are kept at least, for sessions that begin in the past with <c>from</c>. Default 0. At most
    /// <see cref="MaxLogBytes"/>, if that is not 0.
    /// </summary>
    public long MinHistoryBytes { get; set; }

    /// <summary>
    /// How often all closed files of the log are read and checked in the background, so that damage is found before a session needs the
    /// damaged events. Default 1 day, the first time at the start; 1 s to 24 days, or <see cref="Timeout.InfiniteTimeSpan"/> for never. If
    /// one round takes longer, the next one follows at once.
    /// </summary>
    public TimeSpan ScrubInterval { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How many bytes a second that check reads at most. Default 4 MiB; at least 64 KiB.</summary>
    public long ScrubBytesPerSecond { get; set; } = 4 << 20;

    /// <summary>
    /// Origins that a browser may connect from in addition to the server's own, such as <c>https://app.example.com</c>; <c>*</c> allows
    /// all. Default none. Any other origin is refused with 403.
    /// </summary>
    public IList<string> AllowedOrigins { get; private set; } = [];

    /// <summary>
    /// Decides who may connect as which session. Called once per connection, before any session exists. Null, the default, allows nobody.
    /// An exception from it refuses the connection and is logged.
    /// </summary>
    public Func<ConnectRequest, ValueTask<bool>>? AuthorizeConnect { get; set; }

    /// <summary>
    /// Decides who may join a room, or watch who is there, by query or by message. Null, the default, allows nobody.
    /// </summary>
    public Func<JoinRequest, ValueTask<bool>>? AuthorizeJoin { get; set; }

    /// <summary>
    /// Decides who may emit to rooms and sessions. Null, the default, allows nobody. Emits without <c>to</c> need no permission: they go to
    /// the app's own handlers.
    /// </summary>
    public Func<EmitRequest, ValueTask<bool>>? AuthorizeEmit { get; set; }

    /// <summary>
    /// Decides who may use the HTTP endpoints below <c>/-</c>, which list sessions and rooms and end sessions, and who may read the
    /// counters of a self-hosted server at <c>GET /metrics</c>. Null, the default, allows nobody, also after <see cref="AllowEverything"/>.
    /// An exception from it refuses the request and is logged.
    /// </summary>
    public Func<OperateRequest, ValueTask<bool>>? AuthorizeOperate { get; set; }

    /// <summary>
    /// The keys and rules for users' own tokens. Without a key, the default, there are none. A client that presents one is allowed what it
    /// says; the delegates above are not asked for that client.
    /// </summary>
    public TokenOptions Tokens { get; private set; } = new();

    /// <summary>
    /// Answers <c>GET</c> and <c>HEAD</c> requests that are no WebSockets and for which the server has no answer of its own, such as a page
    /// at <c>/</c>. Null, the default, answers them with 404. Nothing is checked before: not the token, not the origin, no limit.
    /// </summary>
    public RequestDelegate? Fallback { get; set; }

    /// <summary>
    /// Allows everybody to connect as any session, to join any room and to emit to any: for a host that controls access in another way.
    /// </summary>
    public void AllowEverything()
    {
        AuthorizeConnect = static _ => ValueTask.FromResult(true);
        AuthorizeJoin = static _ => ValueTask.FromResult(true);
        AuthorizeEmit = AppPermissions.EveryEmit;
    }

    /// <summary>
    /// How the data of events is read and written where a call gives no metadata of its own. In a trimmed app, set the app's
    /// <c>JsonSerializerContext</c> as its resolver. Null, the default, means web defaults (camel case) with reflection, unless reflection
    /// is switched off. With null, data that lacks a parameter of a type's constructor, or has null where the type does not allow it, is
    /// refused with <c>bad_message</c>. Options of your own are used unchanged.
    /// </summary>
    public JsonSerializerOptions? JsonSerializerOptions { get; set; }

    /// <summary>
    /// Types of claims that are kept with the events of durable handlers, for <see cref="Session.User"/>. They are kept in addition to the
    /// name and role claims and to <c>nameidentifier</c>, <c>name</c>, <c>role</c>, <c>sub</c> and <c>roles</c>. Default none.
    /// </summary>
    public IList<string> DurableClaims { get; private set; } = [];

    /// <summary>
    /// How large the user may be that is kept with each event of a durable handler, in bytes of JSON. Default 4096; 0 to 32,768. A larger
    /// user is not kept, and reading <see cref="Session.User"/> in the handler throws.
    /// </summary>
    public int MaxDurableUserBytes { get; set; } = 4096;

    /// <summary>
    /// How many bytes the handlers' answers may take that are kept for clients that repeat an event, over all sessions. Each counts its
    /// data and 512 bytes. Beyond it the oldest are forgotten: a repetition then runs the handler again or, if the handler is durable, gets
    /// an answer without data. Default 64 MiB; 0 keeps none.
    /// </summary>
    public long MaxKeptAnswerBytes { get; set; } = 64L << 20;

    /// <summary>
    /// The largest <see cref="Handshake"/> of a connection: characters of its headers and query, and bytes of its <c>auth</c>. They are
    /// kept in memory while the connection is open, if its namespace is one of the app's. A client with more is refused. Default 64 KiB.
    /// </summary>
    public int MaxHandshakeBytes { get; set; } = 64 << 10;

    /// <summary>
    /// The number of namespaces that may exist because of rules for dynamic namespaces
    /// (<see cref="MessageQueueServer.Of(Func{string, bool}, Action{Namespace})"/>). A client that would need one more is refused with
    /// 1013. Default 10,000.
    /// </summary>
    public int MaxDynamicNamespaces { get; set; } = 10_000;

    /// <summary>
    /// How long a stop waits for handlers that still run after the connections were closed. Default 5 s; zero does not wait.
    /// </summary>
    public TimeSpan HandlerStopTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The clock. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>The dialects that a self-hosted server serves beside the JSON protocol, each on a path of its own.</summary>
    internal IList<HostedDialect> Dialects { get; private set; } = [];

    internal MessageQueueOptions Clone()
    {
        MessageQueueOptions copy = (MessageQueueOptions)MemberwiseClone();
        copy.AllowedOrigins = [.. AllowedOrigins];
        copy.TrustedProxies = [.. TrustedProxies];
        copy.DurableClaims = [.. DurableClaims];
        copy.Dialects = [.. Dialects];
        copy.Tokens = Tokens.Clone();
        return copy;
    }
}
