using MessageQueue.Storage;

namespace MessageQueue.Tests.Storage;

[Parallelizable(ParallelScope.All)]
internal sealed class RangeSetTests
{
    private const int Sequences = 60;

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void It_says_the_same_as_a_list_of_its_sequences(int seed)
    {
        Random random = new(seed);
        for (int round = 0; round < 200; round++)
        {
            HashSet<long> model = [];
            RangeSet set = new();
            for (int i = random.Next(12); i > 0; i--)
            {
                long first = random.Next(1, Sequences);
                SequenceRange range = new(first, Math.Min(Sequences, first + random.Next(8)));
                set.Add(range);
                model.UnionWith(Of(range));
            }

            set.Items.SelectMany(Of).Should().Equal(model.Order());
            set.Items.Zip(set.Items.Skip(1)).Where(pair => pair.First.Last + 1 >= pair.Second.First)
                .Should().BeEmpty("adjacent ranges are one range");
            long from = random.Next(1, Sequences);
            long to = random.Next((int)from - 1, Sequences + 1);
            set.Contains(from).Should().Be(model.Contains(from));
            set.Covers(from, to).Should().Be(Of(new SequenceRange(from, to)).All(model.Contains));
            set.Without(from, to).SelectMany(Of)
                .Should().Equal(Of(new SequenceRange(from, to)).Where(sequence => !model.Contains(sequence)));
        }
    }

    [TestCase(1, 10, 3, Description = "the range behind the first sequence begins at 4")]
    [TestCase(1, 4, 3)]
    [TestCase(5, 10, 9, Description = "nothing behind it is in the set")]
    [TestCase(5, 20, 11)]
    public void The_end_of_what_is_held_is_before_the_next_range(long first, long next, long end) =>
        new RangeSet([new SequenceRange(12, 15), new SequenceRange(4, 5)]).EndBefore(first, next).Should().Be(end);

    [Test]
    public void A_range_that_ends_before_it_begins_is_refused() =>
        FluentActions.Invoking(() => new RangeSet([new SequenceRange(5, 4)])).Should().Throw<ArgumentException>().WithMessage("*5 to 4*");

    private static IEnumerable<long> Of(SequenceRange range)
    {
        for (long sequence = range.First; sequence <= range.Last; sequence++)
        {
            yield return sequence;
        }
    }
}
