using MessageQueue.Storage;

namespace MessageQueue.Tests.Storage;

/// <summary>
/// The contract of every log about its extents: list them, drop them, and start after a snapshot. A subclass per implementation.
/// </summary>
internal abstract class ExtentContract
{
    private Acknowledged _acknowledged = null!;
    private IEventLog _log = null!;

    /// <summary>Closes the log that was opened before, if any, and opens the same store again, without recovery.</summary>
    protected abstract IEventLog Reopen();

    [SetUp]
    public void Open()
    {
        _acknowledged = new Acknowledged();
        _log = Reopen();
        _acknowledged.Recover(_log);
    }

    [TearDown]
    public void Close() => _log.Dispose();

    [Test]
    public void Sealed_extents_are_all_but_the_one_being_written()
    {
        _log.SealedExtents.Should().BeEmpty();
        Append(40);

        LogExtent[] extents = [.. _log.SealedExtents];
        extents.Should().HaveCountGreaterThan(3);
        long expected = 1;
        foreach (LogExtent extent in extents)
        {
            extent.FirstSequence.Should().Be(expected);
            extent.LastSequence.Should().BeGreaterThanOrEqualTo(expected);
            extent.Bytes.Should().BePositive();
            extent.LastTime.Should().Be(Acknowledged.Time);
            expected = extent.LastSequence + 1;
        }

        expected.Should().BeLessThanOrEqualTo(_log.LastSequence);
    }

    [Test]
    public void A_restart_describes_its_extents_as_before_whether_it_read_them_or_not()
    {
        Append(40);
        LogExtent[] before = [.. _log.SealedExtents];
        Restart(after: 0);
        _log.SealedExtents.Take(before.Length).Should().Equal(before);
        Restart(after: before[^1].LastSequence);
        _log.SealedExtents.Take(before.Length).Should().Equal(before);
    }

    [Test]
    public void Dropped_extents_are_left_out_and_the_others_stay()
    {
        Append(40);
        Drop(1, 2);

        _log.SealedExtents.Should().NotContain(extent => extent.FirstSequence == _acknowledged.Dropped[0].First);
        AssertReadable();
        Restart(after: 0);
        AssertReadable();
        Append(3);
        AssertReadable();
    }

    [Test]
    public void Dropping_a_missing_or_unsealed_extent_does_nothing()
    {
        Append(40);
        long written = _log.SealedExtents[^1].LastSequence + 1;
        _log.Drop([-1, 2, written, long.MaxValue]);
        _log.Drop([]);
        AssertReadable();
    }

    [Test]
    public void All_sealed_extents_may_be_dropped_and_sequences_continue()
    {
        Append(40);
        long last = _log.LastSequence;
        Drop([.. Enumerable.Range(0, _log.SealedExtents.Count)]);
        for (int i = 0; i < 3; i++)
        {
            Restart(after: last);
            Drop([.. Enumerable.Range(0, _log.SealedExtents.Count)]);
            _log.LastSequence.Should().BeGreaterThanOrEqualTo(last);
        }

        Append(1);
        _acknowledged.Last.Should().BeGreaterThan(last);
        Restart(after: last);
        AssertReadable();
    }

    [Test]
    public void A_missing_extent_that_was_not_dropped_is_damage([Values(0, 2)] int which)
    {
        Append(40);
        long after = _log.LastSequence;
        _log.Drop([_log.SealedExtents[which].FirstSequence]);
        Reopen().Invoking(log => log.Recover(after, [], _ => { })).Should().Throw<LogDamagedException>().WithMessage("*missing*");
        _log = Reopen();
        _log.Invoking(log => log.Recover(0, [new SequenceRange(1, 1)], _ => { })).Should().Throw<LogDamagedException>();
    }

    [Test]
    public void A_log_that_ends_before_its_snapshot_is_damaged()
    {
        Append(5);
        long last = _log.LastSequence;
        _log = Reopen();
        _log.Invoking(log => log.Recover(last + 10, [], _ => { })).Should().Throw<LogDamagedException>().WithMessage($"*{last + 10}*");
    }

    [Test]
    public void Dropped_extents_that_a_crash_left_are_deleted_at_the_next_start()
    {
        Append(40);
        _acknowledged.Drop(_log.SealedExtents[0], _log.SealedExtents[2]);
        Restart(after: 0);
        AssertReadable();
        Restart(after: _log.SealedExtents[^1].LastSequence);
        AssertReadable();
    }

    [Test]
    public void Recovery_reads_only_records_after_the_snapshot_and_older_ones_stay_readable()
    {
        Append(40);
        for (long after = 0; after <= _log.LastSequence; after += 3)
        {
            Restart(after);
            AssertReadable();
        }
    }

    [Test]
    public void Any_range_can_be_replayed()
    {
        Append(40);
        Drop(1);
        AssertReplays(0, long.MaxValue);
        AssertReplays(_log.LastSequence, long.MaxValue);
        for (long after = 0; after < _log.LastSequence; after += 2)
        {
            AssertReplays(after, after + 7);
        }

        Restart(after: _log.LastSequence);
        AssertReplays(0, long.MaxValue);
        AssertReplays(5, 30);
    }

    [Test]
    public async Task Reads_and_replays_run_beside_appends_and_drops()
    {
        Append(60);
        LogExtent[] extents = [.. _log.SealedExtents];
        using var stop = new CancellationTokenSource();
        IEventLog log = _log;
        Task reading = Task.Run(() =>
        {
            var records = new LogRecord[500];
            long[] all = [.. Enumerable.Range(1, 500).Select(i => (long)i)];
            while (!stop.IsCancellationRequested)
            {
                List<long> replayed = [];
                log.Replay(0, 500, record => replayed.Add(record.Sequence));
                replayed.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
                int count = log.Read(all, records, int.MaxValue, out int consumed);
                consumed.Should().Be(all.Length);
                records.Take(count).Select(record => record.Sequence).Should().BeInAscendingOrder();
            }
        });
        foreach (LogExtent extent in extents)
        {
            _acknowledged.Drop(extent);
            _log.Drop([extent.FirstSequence]);
            Append(4);
        }

        await stop.CancelAsync();
        await reading.WaitAsync(TimeSpan.FromSeconds(30));
        AssertReadable();
    }

    private void Append(int batches)
    {
        for (int i = 0; i < batches; i++)
        {
            int number = (int)_log.LastSequence;
            _acknowledged.Append(_log, SmallLog.Payload(number, 300 + (number % 200)), SmallLog.Payload(number + 1, number % 50));
        }
    }

    /// <summary>Drops the sealed extents at these positions.</summary>
    private void Drop(params int[] which)
    {
        LogExtent[] extents = [.. which.Select(index => _log.SealedExtents[index])];
        _acknowledged.Drop(extents);
        _log.Drop([.. extents.Select(extent => extent.FirstSequence)]);
    }

    private void Restart(long after)
    {
        _log = Reopen();
        _acknowledged.Recover(_log, after);
    }

    private void AssertReadable()
    {
        long[] all = [.. Enumerable.Range(1, (int)_log.LastSequence + 1).Select(i => (long)i)];
        var records = new LogRecord[all.Length];
        int count = _log.Read(all, records, int.MaxValue, out int consumed);
        consumed.Should().Be(all.Length);
        AssertSame(records.Take(count), _acknowledged.Payloads);
    }

    private void AssertReplays(long after, long upTo)
    {
        List<LogRecord> records = [];
        _log.Replay(after, upTo, record => records.Add(record.Copy()));
        AssertSame(records, _acknowledged.Payloads.Where(entry => entry.Key > after && entry.Key <= upTo));
    }

    private static void AssertSame(IEnumerable<LogRecord> records, IEnumerable<KeyValuePair<long, byte[]>> expected)
    {
        records.Select(record => (record.Sequence, Convert.ToHexString(record.Payload.Span)))
            .Should().Equal(expected.Select(entry => (entry.Key, Convert.ToHexString(entry.Value))));
    }
}
