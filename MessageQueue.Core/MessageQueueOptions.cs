using System.Text.Json;
using MessageQueue.Connections;

namespace MessageQueue;

/// <summary>
/// The settings of one server. They are checked and copied when the server starts; changing them later has no effect.
/// Byte counts are bytes, limits are inclusive, and none of them may be zero or infinite unless its own text says so.
/// </summary>
public sealed class MessageQueueOptions
{
    /// <summary>
    /// Where a self-hosted server listens: one <c>http://HOST:PORT</c>. Port 0 takes a free one. Default <c>http://127.0.0.1:8080</c>. Not
    /// used by <c>MapMessageQueue</c>.
    /// </summary>
    public string Url { get; set; } = "http://127.0.0.1:8080";

    /// <summary>
    /// The directory of the log; created when missing. One process at a time. Default <c>data</c>, relative to the current directory. Not
    /// used with <see cref="Durability.Memory"/>.
    /// </summary>
    public string DataDirectory { get; set; } = "data";

    /// <summary>What has happened to an event by the time it is acknowledged. Default <see cref="Durability.Fsync"/>.</summary>
    public Durability Durability { get; set; } = Durability.Fsync;

    /// <summary>
    /// The largest message from a client, over all its fragments. Default 1 MiB (1,048,576); 1,024 to 16,777,216, and at most a quarter of
    /// <see cref="SegmentBytes"/>. A larger one closes the connection with 1009.
    /// </summary>
    public int MaxMessageBytes { get; set; } = 1 << 20;

    /// <summary>
    /// Events in flight unacknowledged on a connection that does not ask for a window. Default 1,024; 1 to <see cref="MaxWindow"/>.
    /// </summary>
    public int DefaultWindow { get; set; } = 1024;

    /// <summary>The largest window granted to a connection that asks for one. Default 8,192; 1 to 1,000,000.</summary>
    public int MaxWindow { get; set; } = 8192;

    /// <summary>
    /// Commands of one connection that may wait for the log. Default 256; 1 to 65,536. While so many wait, nothing more is read from that
    /// connection.
    /// </summary>
    public int MaxInboxCommands { get; set; } = 256;

    /// <summary>
    /// Bytes of one connection's commands that may wait for the log. Default 1 MiB; at least 1,024. A single command may be larger and then
    /// waits alone.
    /// </summary>
    public int MaxInboxBytes { get; set; } = 1 << 20;

    /// <summary>
    /// Bytes of all connections' commands that may wait for the log. Default 64 MiB; at least <see cref="MaxInboxBytes"/>. Beyond it
    /// connections are read in turn as room comes.
    /// </summary>
    public long MaxInboxTotalBytes { get; set; } = 64L << 20;

    /// <summary>
    /// Bytes that may wait to be sent to one connection. Default 1 MiB; at least 1,024. Events beyond it stay in the log until the client
    /// reads on.
    /// </summary>
    public int MaxOutboundBytes { get; set; } = 1 << 20;

    /// <summary>Connections open at a time. Default 10,000; at least 1. One more is closed with 1013.</summary>
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>
    /// Connections open at a time from one address; of IPv6, from one network of 64 bits. Default 0: no limit of its own. One more is
    /// closed with 1013. The address is that of the TCP connection: behind a proxy all clients have the proxy's, unless the app puts theirs
    /// in its place, as ASP.NET Core's forwarded headers do.
    /// </summary>
    public int MaxConnectionsPerAddress { get; set; }

    /// <summary>
    /// Messages a second from one connection. Default 0: no limit; to 1,000,000. A message beyond it is refused with <c>rate_limited</c>,
    /// and then nothing more is read until one is allowed; an <c>ack</c> or <c>nack</c> is never refused, it waits.
    /// </summary>
    public int MaxMessagesPerSecond { get; set; }

    /// <summary>
    /// Messages that a connection may send at once after a pause. Default 0: as many as <see cref="MaxMessagesPerSecond"/>; to 1,000,000.
    /// </summary>
    public int MessageBurst { get; set; }

    /// <summary>
    /// The same for all connections of one address together, as <see cref="MaxConnectionsPerAddress"/> counts them. Default 0: no limit; to
    /// 1,000,000.
    /// </summary>
    public int MaxMessagesPerSecondPerAddress { get; set; }

    /// <summary>
    /// Messages that an address may send at once after a pause. Default 0: as many as <see cref="MaxMessagesPerSecondPerAddress"/>; to
    /// 1,000,000.
    /// </summary>
    public int MessageBurstPerAddress { get; set; }

    /// <summary>
    /// Sessions known at a time, connected or not, over all namespaces. Default 100,000; at least 1. A connection that would make one more
    /// is closed with 1013.
    /// </summary>
    public int MaxSessions { get; set; } = 100_000;

    /// <summary>
    /// Rooms that one session may be in. Default 1,000; at least 1. Joining one more is refused with <c>forbidden</c>, or closes the
    /// connection with 1008 while it connects.
    /// </summary>
    public int MaxRoomsPerSession { get; set; } = 1_000;

    /// <summary>
    /// Rooms that one session may have left while they owe it events that it has not acknowledged. Default 1,000; 1 to 1,000,000. Leaving
    /// one more is refused with <c>forbidden</c> until some are acknowledged. A room that owes the session nothing can always be left.
    /// </summary>
    public int MaxLeftRoomsPerSession { get; set; } = 1_000;

    /// <summary>Entries of <c>to</c> in one emit. Default 128; 1 to 65,535. More are refused with <c>bad_message</c>.</summary>
    public int MaxRoomsPerEmit { get; set; } = 128;

    /// <summary>
    /// How long a client may take over its HTTP request. Default 10 s. Used by the self-hosted server; in an app of your own, Kestrel's own
    /// limit applies.
    /// </summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a connection is pinged. Default 25 s.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>
    /// How long a connection may be silent, pongs included, before it counts as dead. Default 45 s; more than <see cref="PingInterval"/>.
    /// </summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>
    /// How long input is discarded after a close frame was sent, so that its code arrives. Default 1 s; zero closes at once.
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
    /// How long an event that was sent once waits at least after a <c>nack</c>; twice as long for every time more that it was sent. Default
    /// 100 ms; at least 1 ms.
    /// </summary>
    public TimeSpan MinRedeliveryDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Where the growth of that delay ends; a longer one that the client asks for is kept. Default 30 s; at least
    /// <see cref="MinRedeliveryDelay"/>.
    /// </summary>
    public TimeSpan MaxRedeliveryDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How often a session gets an event, by <c>nack</c> or by a connection that ended before it acknowledged it. When it would get it once
    /// more, the event goes to the session's dead letters instead: the rooms <c>dead:NAME</c> and <c>dead:*</c>, which sessions can join as
    /// any other. Default 0: no limit; to 10,000.
    /// </summary>
    public int MaxDeliveries { get; set; }

    /// <summary>
    /// Bytes of recent events kept in memory, so that receivers who are nearly up to date need no disk. Default 64 MiB; at least 64 KiB.
    /// </summary>
    public long EventCacheBytes { get; set; } = 64L << 20;

    /// <summary>The size of one file of the log. Default 64 MiB; 1 MiB to 1 GiB.</summary>
    public int SegmentBytes { get; set; } = 64 << 20;

    /// <summary>
    /// Disk space that is held to be given back when there is no other, so that acknowledgements, snapshots and trimming go on while emits
    /// are refused. Default 64 MiB; zero holds none.
    /// </summary>
    public long ReserveBytes { get; set; } = 64 << 20;

    /// <summary>
    /// After how many bytes of the log a snapshot of the state is made, in the background, or as soon as the disk is full. Default 256 MiB;
    /// at least 1 MiB. A restart reads the newest snapshot and what came after it; and trimming goes with snapshots, so that what is
    /// dropped is dropped this much late.
    /// </summary>
    public long SnapshotBytes { get; set; } = 256L << 20;

    /// <summary>
    /// How old events may become that somebody is still owed. Default <see cref="Timeout.InfiniteTimeSpan"/>: as old as it takes. What is
    /// older is dropped, file by file, and told by <c>gap</c>. What nobody is owed any more is dropped whatever its age, but for
    /// <see cref="MinHistoryAge"/> and <see cref="MinHistoryBytes"/>.
    /// </summary>
    public TimeSpan MaxLogAge { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// How large the log may become. Default 0: as large as it takes. Beyond it the oldest files are dropped, whoever is owed something in
    /// them, and told by <c>gap</c>. The file being written is not counted, and what is dropped goes with the next snapshot.
    /// </summary>
    public long MaxLogBytes { get; set; }

    /// <summary>
    /// How many events a session may be owed. Default 1,000,000; 0 for any number. Beyond it the oldest are not owed any more, and told by
    /// <c>gap</c>: so that a session that never returns does not hold the disk. Looked at with every snapshot, so that it may be exceeded
    /// by what was emitted since.
    /// </summary>
    public int MaxBacklogPerSession { get; set; } = 1_000_000;

    /// <summary>
    /// How long events are kept at least, for sessions that begin in the past by <c>from</c>. Default zero. At most
    /// <see cref="MaxLogAge"/>.
    /// </summary>
    public TimeSpan MinHistoryAge { get; set; }

    /// <summary>
    /// How many bytes of the log are kept at least, for sessions that begin in the past by <c>from</c>. Default 0. At most
    /// <see cref="MaxLogBytes"/>, where that is not 0.
    /// </summary>
    public long MinHistoryBytes { get; set; }

    /// <summary>
    /// How often all closed files of the log are read and checked in the background, so that damage is found before somebody is owed what
    /// it took. Default 1 day, the first time at the start; 1 s to 24 days, or <see cref="Timeout.InfiniteTimeSpan"/> for never. A round
    /// that takes longer is followed by the next at once.
    /// </summary>
    public TimeSpan ScrubInterval { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How many bytes a second that check reads at most. Default 4 MiB; at least 64 KiB.</summary>
    public long ScrubBytesPerSecond { get; set; } = 4 << 20;

    /// <summary>
    /// Origins that a browser may connect from beside the server's own, as <c>https://app.example.com</c>; <c>*</c> allows all. Default
    /// none. A foreign one is refused with 403.
    /// </summary>
    public IList<string> AllowedOrigins { get; private set; } = [];

    /// <summary>
    /// Decides who may connect as which session. Called once per connection, before any session exists; null, the default, lets nobody in.
    /// What it throws refuses the connection and is logged.
    /// </summary>
    public Func<ConnectRequest, ValueTask<bool>>? AuthorizeConnect { get; set; }

    /// <summary>Decides who may join a room, by query or by message. Null, the default, lets nobody.</summary>
    public Func<JoinRequest, ValueTask<bool>>? AuthorizeJoin { get; set; }

    /// <summary>
    /// Decides who may emit to rooms and sessions. Null, the default, lets nobody. Emits without <c>to</c> are not asked about: they go to
    /// the app's own handlers.
    /// </summary>
    public Func<EmitRequest, ValueTask<bool>>? AuthorizeEmit { get; set; }

    /// <summary>
    /// Decides who may list sessions and rooms and end sessions, by the HTTP endpoints below <c>/-</c>, and who may read the counters of a
    /// self-hosted server at <c>GET /metrics</c>. Null, the default, lets nobody, also after <see cref="AllowEverything"/>. What it throws
    /// refuses the request and is logged.
    /// </summary>
    public Func<OperateRequest, ValueTask<bool>>? AuthorizeOperate { get; set; }

    /// <summary>
    /// Lets everybody connect as any session, join any room and emit to any: for a host that guards its door in another way.
    /// </summary>
    public void AllowEverything()
    {
        AuthorizeConnect = static _ => ValueTask.FromResult(true);
        AuthorizeJoin = static _ => ValueTask.FromResult(true);
        AuthorizeEmit = AppPermissions.EveryEmit;
    }

    /// <summary>
    /// How the data of events is read and written where a call gives no metadata of its own: give it the app's <c>JsonSerializerContext</c>
    /// as resolver for an app that is trimmed. Null, the default, is web defaults (camel case) with reflection, where reflection is not
    /// switched off; and then data that lacks a parameter of a type's constructor, or has null where the type does not allow it, is refused
    /// with <c>bad_message</c>. Options of your own are taken as they are.
    /// </summary>
    public JsonSerializerOptions? JsonSerializerOptions { get; set; }

    /// <summary>
    /// Types of claims that are kept with the events of durable handlers, for <see cref="Session.User"/>, beside the name and role claims
    /// and <c>nameidentifier</c>, <c>name</c>, <c>role</c>, <c>sub</c> and <c>roles</c>. Default none.
    /// </summary>
    public IList<string> DurableClaims { get; private set; } = [];

    /// <summary>
    /// What may be kept of a user with each event of a durable handler, in bytes of JSON. Default 4096; 0 to 32,768. Where it is more
    /// nothing is kept, and reading <see cref="Session.User"/> in the handler throws.
    /// </summary>
    public int MaxDurableUserBytes { get; set; } = 4096;

    /// <summary>
    /// What the answers of handlers that are kept for clients that repeat an event may take, over all sessions, in bytes, with 512 for each
    /// beside its data. Beyond it the oldest are forgotten: a repetition then runs the handler again, or, where it is durable, is answered
    /// without data. Default 64 MiB; 0 keeps none.
    /// </summary>
    public long MaxKeptAnswerBytes { get; set; } = 64L << 20;

    /// <summary>
    /// How long a stop waits for handlers that are still running after the connections were closed. Default 5 s; zero does not wait.
    /// </summary>
    public TimeSpan HandlerStopTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The clock. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    internal MessageQueueOptions Clone()
    {
        MessageQueueOptions copy = (MessageQueueOptions)MemberwiseClone();
        copy.AllowedOrigins = [.. AllowedOrigins];
        copy.DurableClaims = [.. DurableClaims];
        return copy;
    }
}
