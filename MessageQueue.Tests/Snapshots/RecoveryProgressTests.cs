using MessageQueue.Snapshots;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Snapshots;

[Parallelizable(ParallelScope.All)]
internal sealed class RecoveryProgressTests
{
    [Test]
    public void A_long_start_reports_its_progress_and_a_short_one_does_not()
    {
        ManualTimeProvider clock = new();
        LoggedLines lines = new();
        RecoveryProgress progress = new(clock, lines);
        Read(10_000);
        lines.Said.Should().BeEmpty();

        clock.Advance(TimeSpan.FromSeconds(6));
        Read(10_000);
        Read(10_000);

        lines.Said.Should().ContainSingle().Which.Should().Contain("records read").And.Contain("6 s");

        void Read(int records)
        {
            for (int i = 1; i <= records; i++)
            {
                progress.Read(i);
            }
        }
    }
}
