using MessageQueue.Delivery;
using MessageQueue.Snapshots;
using MessageQueue.State;
using MessageQueue.State.Pending;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.Tests.State;

/// <summary>Writes records as the server does, applies each one to a state, and keeps them, so that a test can fold them again.</summary>
internal sealed class FoldLog
{
    private readonly List<LogRecord> _records = [];

    public ServerState State { get; } = new();

    /// <summary>The same state, but written to a snapshot and read back each time <see cref="Snapshot"/> was called.</summary>
    public ServerState Restored { get; private set; } = new();

    public IReadOnlyList<LogRecord> Records => _records;

    public long Time { get; set; } = 1_000_000;

    /// <summary>The host that appends the next records.</summary>
    public int Host { get; set; }

    public Outcome Attach(string session, params string[] rooms) => Attach(session, mustExist: false, rooms);

    public Outcome AttachFrom(string session, long from, params string[] rooms) => Apply(
        RecordType.SessionAttached,
        new AttachRecord { Namespace = "/", Session = session, MaxSessions = 100, MaxRooms = 100, Rooms = rooms, From = from }.Encode());

    public Outcome Attach(string session, bool mustExist, string[] rooms, int maxSessions = 100, int maxRooms = 100) => Apply(
        RecordType.SessionAttached,
        new AttachRecord
        {
            Namespace = "/",
            Session = session,
            MustExist = mustExist,
            MaxSessions = maxSessions,
            MaxRooms = maxRooms,
            Rooms = rooms,
        }.Encode());

    public Outcome Detach(SessionState session, long? attachedAt = null) => Apply(
        RecordType.SessionDetached,
        new DetachRecord(attachedAt ?? session.AttachedAt, session.Cursor, new SessionDelivery(session).ProgressAt(State.Head)).Encode());

    public Outcome Join(SessionState session, string room, int maxRooms = 100) =>
        Apply(RecordType.RoomJoined, new RoomRecord(session.Id, maxRooms, room).Encode());

    public Outcome Leave(SessionState session, string room, int maxLeft = 0) =>
        Apply(RecordType.RoomLeft, new RoomRecord(session.Id, maxLeft, room).Encode());

    public Outcome End(SessionState session, long ifDetachedSince = 0) =>
        Apply(RecordType.SessionEnded, new EndRecord(session.Id, ifDetachedSince).Encode());

    public Outcome Start() => Apply(RecordType.ServerStarted, []);

    public Outcome Acknowledge(params Progress[] progress) => Apply(RecordType.Acknowledged, AcknowledgedRecord.Encode(progress));

    public Outcome Emit(SessionState? sender, string[] to, string reference = "", bool echo = true, long timeToLive = 0) => Apply(
        RecordType.EventEmitted,
        new TestEmit("event", to)
        {
            SenderId = sender?.Id ?? 0,
            From = sender?.AddressUtf8 ?? [],
            Reference = reference,
            Except = echo || sender is null ? [] : [sender.Id],
            TimeToLive = timeToLive,
        }.Encode());

    /// <summary>Appends an event that a durable handler handles.</summary>
    public Outcome EmitBy(string user, SessionState sender, string reference) => Apply(
        RecordType.EventEmitted,
        new TestEmit("work", "@")
        {
            SenderId = sender.Id,
            From = sender.AddressUtf8,
            Reference = reference,
            Data = "",
            User = user,
        }.Encode());

    /// <summary>Appends an event that the app emits.</summary>
    public Outcome EmitUnder(string key, bool isOwn, EmitCause cause) => Apply(
        RecordType.EventEmitted,
        new TestEmit("news", "red") { Reference = key, IsOwnKey = isOwn, Cause = cause, Data = "" }.Encode());

    /// <summary>Appends an event with several arguments.</summary>
    public Outcome EmitSeveral(string arguments, params string[] to) =>
        Apply(RecordType.EventEmitted, new TestEmit("several", to) { Data = arguments, HasSeveralArguments = true }.Encode());

    /// <summary>Appends an event that belongs to a trace.</summary>
    public Outcome EmitTraced(string trace, params string[] to) =>
        Apply(RecordType.EventEmitted, new TestEmit("traced", to) { Trace = trace }.Encode());

    public Outcome StartHandler(SessionState own, long number) =>
        Apply(RecordType.HandlerStarted, new HandlerStartedRecord(new SessionDelivery(own).ProgressAt(State.Head), number).Encode());

    public Outcome Drop(long first, long last) => Drop([new SequenceRange(first, last)]);

    public Outcome Drop(SequenceRange[] ranges, params BacklogCut[] cuts) =>
        Apply(RecordType.Dropped, new DroppedRecord(ranges, cuts).Encode());

    public void Snapshot() => Restored = Reread(Restored);

    /// <summary>Returns the state as bytes. Equal states have equal bytes.</summary>
    public static byte[] Bytes(ServerState state)
    {
        MemoryStream stream = new();
        SnapshotCodec.Write(state, [], stream);
        return stream.ToArray();
    }

    public static ServerState Reread(ServerState state)
    {
        using MemoryStream stream = new(Bytes(state));
        return SnapshotCodec.Read(stream).State;
    }

    public Outcome MoveToDeadLetters(SessionState session, long sequence, string room) =>
        MoveToDeadLetters(new SessionDelivery(session), sequence, room);

    public Outcome MoveToDeadLetters(SessionDelivery delivery, long sequence, string room) => Apply(
        RecordType.DeadLettered,
        DeadLetterRecord.Encode(
            delivery.ProgressWithout(sequence, State.Head),
            new TestEmit("dead", room).Encode()));

    /// <summary>Returns the pending events of the session, sent or not.</summary>
    public static List<long> Pending(ServerState state, SessionState session) => [.. session.Holes.Items, .. Unsent(state, session)];

    /// <summary>Returns the pending events of the session that were not sent.</summary>
    public static List<long> Unsent(ServerState state, SessionState session)
    {
        long[] unsent = new long[10_000];
        int count = new PendingEvents().Next(session, session.Cursor, state.Time, unsent);
        long[] inParts = new long[10_000];
        new PendingEvents(staysAtATime: 1).Next(session, session.Cursor, state.Time, inParts).Should().Be(count);
        inParts.Should().Equal(unsent);
        return [.. unsent.Take(count)];
    }

    public List<long> Pending(SessionState session) => Pending(State, session);

    private Outcome Apply(RecordType type, byte[] payload)
    {
        LogRecord record = new(State.Head + 1, Time, (byte)type, RecordVersions.Of(type), payload);
        _records.Add(record);
        Restored.Apply(record, Host);
        return State.Apply(record, Host);
    }
}
