using MessageQueue.Storage;

namespace MessageQueue.Tests.Storage;

/// <summary>The contract of every snapshot store. A subclass per implementation.</summary>
internal abstract class SnapshotStoreContract
{
    private ISnapshotStore _store = null!;

    /// <summary>Opens the same store again, as after a restart.</summary>
    protected abstract ISnapshotStore Reopen();

    [SetUp]
    public void Open() => _store = Reopen();

    [Test]
    public void An_empty_store_has_no_snapshot()
    {
        _store.Sequences.Should().BeEmpty();
        _store.Invoking(store => store.Open(1)).Should().Throw<LogDamagedException>();
    }

    [Test]
    public void A_snapshot_comes_back_as_it_was_written([Values(0, 1, 65_535, 65_536, 65_537, 131_072, 300_000)] int bytes)
    {
        byte[] content = SmallLog.Payload(bytes, bytes);
        _store.Save(7, stream => Write(stream, content));
        AssertHolds(7, content);
        _store = Reopen();
        AssertHolds(7, content);
    }

    [Test]
    public void The_two_newest_snapshots_are_kept()
    {
        for (int i = 1; i <= 5; i++)
        {
            byte[] content = SmallLog.Payload(i, 100);
            _store.Save(i * 10, stream => stream.Write(content));
            _store.Sequences.Should().Equal(i == 1 ? [10] : [i * 10L, (i - 1) * 10L]);
        }

        _store = Reopen();
        _store.Sequences.Should().Equal(50, 40);
        AssertHolds(40, SmallLog.Payload(4, 100));
    }

    [Test]
    public void A_save_that_throws_changes_nothing()
    {
        _store.Save(10, stream => stream.Write([1]));
        _store.Save(20, stream => stream.Write([2]));
        _store.Invoking(store => store.Save(30, stream =>
        {
            stream.Write(new byte[100_000]);
            throw new InvalidOperationException("mine");
        })).Should().Throw<InvalidOperationException>().WithMessage("mine");
        _store.Sequences.Should().Equal(20, 10);
        AssertHolds(20, [2]);
        _store.Save(30, stream => stream.Write([3]));
        _store.Sequences.Should().Equal(30, 20);
    }

    [Test]
    public void A_snapshot_at_the_same_sequence_replaces_the_first_and_an_older_one_is_refused()
    {
        _store.Save(10, stream => stream.Write([1]));
        _store.Save(10, stream => stream.Write([2]));
        _store.Sequences.Should().Equal(10);
        AssertHolds(10, [2]);
        _store.Invoking(store => store.Save(9, _ => { })).Should().Throw<ArgumentOutOfRangeException>();
        _store.Sequences.Should().Equal(10);
    }

    /// <summary>Writes the content in pieces of different sizes.</summary>
    private static void Write(Stream stream, ReadOnlySpan<byte> content)
    {
        for (int size = 1; !content.IsEmpty; size = (size * 3) + 1)
        {
            int count = Math.Min(size, content.Length);
            stream.Write(content[..count]);
            content = content[count..];
        }
    }

    private void AssertHolds(long sequence, byte[] content)
    {
        using Stream stream = _store.Open(sequence);
        stream.Length.Should().Be(content.Length);
        using var copy = new MemoryStream();
        stream.CopyTo(copy, 1000);
        copy.ToArray().AsSpan().SequenceEqual(content).Should().BeTrue();
    }
}
