using FsCheck;
using FsCheck.Fluent;
using MessageQueue.State;

namespace MessageQueue.Tests.State;

/// <summary>Compares the rooms that a session left with a plain list of them.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class LeftRoomsTests
{
    private static readonly Room[] Rooms = [new("red"), new("green"), new("blue")];

    [Test]
    public void Left_rooms_are_found_as_in_a_plain_list() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(60).WithEndSize(4000),
        Prop.ForAll(Gen.Choose(0, 9_999).ArrayOf().ToArbitrary(), steps =>
        {
            LeftRooms left = new();
            List<PastMembership> plain = [];
            long time = 0;
            foreach (int step in steps)
            {
                PastMembership stay = new(Rooms[step % 3], Math.Max(0, time - (step % 7 == 0 ? step : step % 5)), ++time);
                left.Add(stay);
                plain.Add(stay);
                if (step % 500 == 1)
                {
                    long settled = time * (step % 11) / 11;
                    left.RemoveUpTo(settled).Should().Be(plain.RemoveAll(item => item.LeftAt <= settled) > 0);
                }
                else if (step % 500 == 2)
                {
                    left.RemoveAll(item => item.LeftAt % 3 == 0);
                    plain.RemoveAll(item => item.LeftAt % 3 == 0);
                }
            }

            Enumerable.Range(0, left.Count).Select(index => left[index]).Should().Equal(plain);
            foreach (long sequence in steps.Take(20).Select(step => step % (time + 2)))
            {
                left.IndexAfter(sequence).Should().Be(plain.Count(stay => stay.LeftAt <= sequence));
                Covering(left, sequence).Should().Equal(plain.Where(stay => stay.Covers(sequence)));
                left.Covers(Rooms[0], sequence).Should().Be(plain.Any(stay => stay.Room == Rooms[0] && stay.Covers(sequence)));
            }
        }));

    private static List<PastMembership> Covering(LeftRooms left, long sequence)
    {
        List<PastMembership> found = [];
        for (int i = left.NextCovering(sequence, left.IndexAfter(sequence - 1)); i >= 0; i = left.NextCovering(sequence, i + 1))
        {
            found.Add(left[i]);
        }

        return found;
    }
}
