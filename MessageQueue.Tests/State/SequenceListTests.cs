using FsCheck;
using FsCheck.Fluent;
using MessageQueue.State;

namespace MessageQueue.Tests.State;

[Parallelizable(ParallelScope.All)]
internal sealed class SequenceListTests
{
    [Test]
    public void The_next_sequence_is_the_one_that_a_plain_list_finds() => Prop.ForAll<PositiveInt[], PositiveInt>((steps, looked) =>
    {
        SequenceList list = new();
        List<long> plain = [];
        foreach (PositiveInt step in steps)
        {
            plain.Add(plain.LastOrDefault() + step.Get);
            list.Add(plain[^1]);
        }

        return list.Count == plain.Count
            && list.Last == plain.LastOrDefault()
            && list.IndexAfter(looked.Get) == plain.Count(sequence => sequence <= looked.Get)
            && list.Contains(looked.Get) == plain.Contains(looked.Get)
            && plain.Index().All(item => list[item.Index] == item.Item);
    }).QuickCheckThrowOnFailure();
}
