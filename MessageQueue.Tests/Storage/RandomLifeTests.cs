using FsCheck;
using FsCheck.Fluent;
using MessageQueue.Storage;
using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Storage.Simulation;

namespace MessageQueue.Tests.Storage;

/// <summary>
/// Random lives of a store against the oracle: batches, reads, closes, crashes, and faults at random operations, recovery included.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class RandomLifeTests
{
    private enum Kind
    {
        Append,
        AppendLarge,
        Read,
        Close,
        Crash,
        Fault,
    }

    [Test]
    public void Nothing_acknowledged_is_lost_in_any_random_run()
    {
        Gen<Step> step = from kind in Gen.Frequency(
                             (8, Gen.Constant(Kind.Append)), (1, Gen.Constant(Kind.AppendLarge)), (2, Gen.Constant(Kind.Read)),
                             (1, Gen.Constant(Kind.Close)), (2, Gen.Constant(Kind.Crash)), (2, Gen.Constant(Kind.Fault)))
                         from number in Gen.Choose(0, 1_000_000)
                         select new Step(kind, number);
        Arbitrary<Step[]> lives = Arb.From(step.ArrayOf(), Shorter);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(400).WithEndSize(60), Prop.ForAll(lives, life => new Life().Run(life)));
    }

    private static IEnumerable<Step[]> Shorter(Step[] life) =>
        Enumerable.Range(0, life.Length).Select(i => life.Where((_, j) => j != i).ToArray());

    private readonly record struct Step(Kind Kind, int Number);

    private sealed class Life
    {
        private readonly Acknowledged _acknowledged = new();
        private SimulatedDisk _disk = new();
        private SegmentLog? _log;

        public void Run(Step[] life)
        {
            foreach (Step step in life)
            {
                try
                {
                    Do(step);
                }
                catch (LogFailedException)
                {
                    _disk.FailedOperation.Should().NotBeNull();
                    Crash(step.Number);
                }
            }

            Crash(life.Length);
            SmallLog.RecoverAndGoOn(_disk, _acknowledged);
        }

        private void Do(Step step)
        {
            if (_log is null)
            {
                _log = SmallLog.Open(_disk);
                _acknowledged.Recover(_log);
            }

            switch (step.Kind)
            {
                case Kind.Append:
                    _acknowledged.Append(
                        _log, [.. Enumerable.Range(0, 1 + (step.Number % 5))
                            .Select(i => SmallLog.Payload(step.Number + i, (step.Number + (i * 97)) % 400))]);
                    break;
                case Kind.AppendLarge:
                    _acknowledged.Append(_log, SmallLog.Payload(step.Number, _log.MaxPayloadBytes - (step.Number % 50)));
                    break;
                case Kind.Read:
                    Read(new Random(step.Number));
                    break;
                case Kind.Close:
                    _log.Dispose();
                    _log = null;
                    break;
                case Kind.Crash:
                    Crash(step.Number);
                    break;
                case Kind.Fault:
                    _disk.FailAt(1 + (step.Number / 10 % 12), (FaultKind)(step.Number % 5));
                    break;
            }
        }

        private void Crash(int seed)
        {
            _disk = _disk.AfterCrash((Survival)(seed % 3), seed);
            _log = null;
        }

        private void Read(Random random)
        {
            long[] sequences = [.. Enumerable.Range(1, (int)_log!.LastSequence + 2).Where(_ => random.Next(3) > 0).Select(i => (long)i)];
            long[] expected = [.. sequences.Where(_acknowledged.Payloads.ContainsKey)];
            var records = new LogRecord[sequences.Length];
            int count = _log.Read(sequences, records, int.MaxValue, out _);
            records.Take(count).Select(record => record.Sequence).Should().Equal(expected);
            records.Take(count).All(record => record.Payload.Span.SequenceEqual(_acknowledged.Payloads[record.Sequence])).Should().BeTrue();
        }
    }
}
