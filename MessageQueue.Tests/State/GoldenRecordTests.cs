using System.Globalization;
using System.Text;
using MessageQueue.Snapshots;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.Storage;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.State;

/// <summary>
/// Records and snapshots that earlier versions wrote. Every later version must read them; they are never written again.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class GoldenRecordTests
{
    private const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [TestCase("v1")]
    [TestCase("v2")]
    [TestCase("v3")]
    [TestCase("v4")]
    public void Golden_records_give_the_same_state_as_when_they_were_written(string version) =>
        StateDump.Of(Fold(Read(version))).Should().Be(File.ReadAllText(PathOf($"state-{version}.txt")));

    [TestCase("v1")]
    [TestCase("v2")]
    [TestCase("v3")]
    [TestCase("v4")]
    public void Golden_snapshots_give_the_state_that_they_were_made_of(string version)
    {
        using FileStream stream = File.OpenRead(PathOf($"snapshot-{version}.bin"));

        StateDump.Of(SnapshotCodec.Read(stream).State).Should().Be(StateDump.Of(Fold(Read(version))));
    }

    [Test]
    public void A_record_of_a_later_version_is_refused()
    {
        foreach (LogRecord record in Read("v2"))
        {
            LogRecord later = record with { Version = (ushort)(RecordVersions.Of((RecordType)record.Type) + 1) };
            new ServerState().Invoking(state => state.Apply(later)).Should().Throw<LogDamagedException>()
                .WithMessage(
                    $"Record {record.Sequence} has version {later.Version} of type {record.Type}, which this version does not know. "
                    + "Start the version that wrote it, or a later one.");
            new ServerState().Invoking(state => state.Apply(record with { Version = 0 })).Should().Throw<LogDamagedException>();
        }
    }

    [Test]
    public void A_record_with_a_flag_of_a_later_version_is_refused()
    {
        foreach (LogRecord record in Read("v4").Where(record => (RecordType)record.Type is RecordType.SessionAttached))
        {
            byte[] payload = record.Payload.ToArray();
            payload[0] |= 0x40;
            new ServerState().Invoking(state => state.Apply(record with { Payload = payload }))
                .Should().Throw<LogDamagedException>().WithMessage("*flags*Start the version that wrote it, or a later one.");
        }

        LogRecord old = Read("v1").First(record => (RecordType)record.Type == RecordType.EventEmitted);
        byte[] flagged = old.Payload.ToArray();
        flagged[0] |= 2;
        new ServerState().Invoking(state => state.Apply(old with { Payload = flagged }))
            .Should().Throw<LogDamagedException>("version 1 had no such flag");

        LogRecord second = Read("v3").First(record => (RecordType)record.Type == RecordType.EventEmitted);
        foreach (byte flag in new byte[] { 32, 64 })
        {
            byte[] later = second.Payload.ToArray();
            later[0] |= flag;
            new ServerState().Invoking(state => state.Apply(second with { Payload = later }))
                .Should().Throw<LogDamagedException>("version 2 had no such flag");
        }
    }

    [Test]
    public void The_user_of_an_event_of_version_1_is_unknown()
    {
        EmitRecord.Decode(Read("v1").First(record => (RecordType)record.Type == RecordType.EventEmitted)).IsUserKept.Should().BeFalse();
    }

    [Test]
    public void An_event_of_version_3_says_whether_it_has_several_arguments()
    {
        StoredEvent[] events =
            [.. Read("v4").Where(record => (RecordType)record.Type == RecordType.EventEmitted).Select(record => EmitRecord.Decode(record))];

        events.Where(stored => stored.HasSeveralArguments).Should().ContainSingle()
            .Which.Data.Span.SequenceEqual("[1,2]"u8).Should().BeTrue();
        Read("v3").Where(record => (RecordType)record.Type == RecordType.EventEmitted)
            .Select(record => EmitRecord.Decode(record).HasSeveralArguments).Should().OnlyContain(several => !several);
    }

    [Test]
    public void An_event_of_version_3_may_have_a_trace()
    {
        StoredEvent[] events =
            [.. Read("v4").Where(record => (RecordType)record.Type == RecordType.EventEmitted).Select(record => EmitRecord.Decode(record))];

        StoredEvent traced = events.Single(stored => !stored.Trace.IsEmpty);
        traced.Trace.Span.SequenceEqual(Encoding.UTF8.GetBytes(Trace)).Should().BeTrue();
        traced.Data.Span.SequenceEqual("1"u8).Should().BeTrue("the data follows");
    }

    [Test]
    public void A_snapshot_of_a_later_version_is_refused()
    {
        byte[] snapshot = File.ReadAllBytes(PathOf("snapshot-v2.bin"));
        snapshot[0]++;

        FluentActions.Invoking(() => SnapshotCodec.Read(new MemoryStream(snapshot)))
            .Should().Throw<LogDamagedException>().WithMessage("*version*");
    }

    /// <summary>Writes the files of a new version. Run it once, commit the files, and add them above.</summary>
    [Test]
    [Explicit("Writes files into the sources.")]
    public void Write_the_files_of_a_new_version()
    {
        const string Version = "next";
        FoldLog log = Live();
        File.WriteAllLines(PathOf($"records-{Version}.txt"), log.Records.Select(record =>
            string.Create(CultureInfo.InvariantCulture,
                $"{record.Sequence} {record.Time} {record.Type} {record.Version} {Convert.ToHexString(record.Payload.Span)}")));
        using FileStream stream = File.Create(PathOf($"snapshot-{Version}.bin"));
        SnapshotCodec.Write(log.State, [], stream);
        File.WriteAllText(PathOf($"state-{Version}.txt"), StateDump.Of(log.State));
    }

    // Every kind of record with all its fields.
    private static FoldLog Live()
    {
        FoldLog log = new();
        log.Start();
        SessionState alice = log.Attach("alice", "red").Session!;
        SessionState bob = log.Attach("~bob", "red", "blue").Session!;
        SessionState own = log.Attach("").Session!;
        log.Emit(alice, ["red", "*"], "first", echo: false, timeToLive: 5000);
        log.Emit(null, ["@alice", "blue"], "key");
        long handled = log.EmitBy("""{"claims":[]}""", alice, "work").EventId;
        log.Emit(bob, ["red"], "second");
        log.EmitUnder("order-1", isOwn: true, default);
        log.EmitUnder("kind.1", isOwn: false, new EmitCause(own.Id, handled));
        log.EmitUnder("order-2", isOwn: true, new EmitCause(own.Id, handled));
        log.EmitUnder("kind.1", isOwn: false, new EmitCause(alice.Id, 0));
        log.EmitSeveral("[1,2]", "red");
        log.EmitTraced(Trace, "blue");
        log.StartHandler(own, handled);
        log.Join(alice, "green");
        log.Leave(alice, "green", maxLeft: 5);
        log.Acknowledge(new Progress(alice.Id, 6, [5]));
        log.MoveToDeadLetters(alice, 5, "dead:alice");
        log.Drop(1, 3);
        log.Detach(bob);
        log.End(bob);
        log.Emit(alice, ["red"], "third");
        return log;
    }

    private static ServerState Fold(IEnumerable<LogRecord> records)
    {
        ServerState state = new();
        foreach (LogRecord record in records)
        {
            state.Apply(record);
        }

        return state;
    }

    private static LogRecord[] Read(string version) =>
    [
        .. File.ReadAllLines(PathOf($"records-{version}.txt")).Select(line => line.Split(' ')).Select(fields => new LogRecord(
            long.Parse(fields[0], CultureInfo.InvariantCulture), long.Parse(fields[1], CultureInfo.InvariantCulture),
            byte.Parse(fields[2], CultureInfo.InvariantCulture),
            ushort.Parse(fields[3], CultureInfo.InvariantCulture), Convert.FromHexString(fields[4]))),
    ];

    private static string PathOf(string file) => RepositoryRoot.Combine("MessageQueue.Tests", "State", "Golden", file);
}
