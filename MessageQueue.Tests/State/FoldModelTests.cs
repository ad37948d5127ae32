using FsCheck;
using FsCheck.Fluent;
using MessageQueue.State;
using MessageQueue.Storage;

namespace MessageQueue.Tests.State;

/// <summary>
/// Compares the state with a simple model that copies every event to every receiver: the live state, the state folded again, and the
/// state read back from snapshots.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class FoldModelTests
{
    private static readonly Arbitrary<int[]> Steps = Gen.Choose(0, 9_999_999).ArrayOf().ToArbitrary();

    [Test]
    public void Pending_events_are_those_of_a_model_with_a_copy_per_receiver_live_and_after_a_restart() => CheckRuns(run =>
    {
        FoldModel model = FoldModel.Run(run);

        model.Compare(model.Log.State);
        model.Compare(Fold(new ServerState(), model.Log.Records));
        model.Compare(model.Log.Restored);
    });

    [Test]
    public void The_state_is_the_same_with_and_without_snapshots() => CheckRuns(run =>
    {
        FoldLog log = FoldModel.Run(run).Log;

        StateDump.Of(log.Restored).Should().Be(StateDump.Of(log.State));
    });

    [Test]
    public void A_snapshot_plus_the_later_records_gives_the_same_state_as_all_records() => CheckRuns(run =>
    {
        IReadOnlyList<LogRecord> records = FoldModel.Run(run).Log.Records;
        string whole = StateDump.Of(Fold(new ServerState(), records));
        int cut = run.Length == 0 ? 0 : run[0] % (records.Count + 1);

        ServerState before = Fold(new ServerState(), records.Take(cut));
        ServerState restored = FoldLog.Reread(before);

        StateDump.Of(restored).Should().Be(StateDump.Of(before));
        StateDump.Of(Fold(restored, records.Skip(cut))).Should().Be(whole);
    });

    private static void CheckRuns(Action<int[]> check) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(200), Prop.ForAll(Steps, check));

    private static ServerState Fold(ServerState state, IEnumerable<LogRecord> records)
    {
        foreach (LogRecord record in records)
        {
            state.Apply(record);
        }

        return state;
    }
}
