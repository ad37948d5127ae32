using MessageQueue.Storage;

namespace MessageQueue.Tests.Storage;

/// <summary>The contract of every log. A subclass per implementation.</summary>
internal abstract class EventLogContract
{
    private IEventLog _log = null!;

    /// <summary>Closes the log that was opened before, if any, and opens the same store again, without recovery.</summary>
    protected abstract IEventLog Reopen();

    [SetUp]
    public void Open() => _log = Restart(out _);

    [TearDown]
    public void Close() => _log.Dispose();

    [Test]
    public void An_empty_log_holds_nothing()
    {
        _log.LastSequence.Should().Be(0);
        Read([1, 2], out int consumed).Should().BeEmpty();
        consumed.Should().Be(2);
    }

    [Test]
    public void Sequences_start_at_one_and_grow_by_one_per_record()
    {
        _log.Append([Entry(1), Entry(2)], 10).Should().Be(1);
        _log.Append([Entry(3)], 10).Should().Be(3);
        _log.Append([Entry(4), Entry(5), Entry(6)], 11).Should().Be(4);
        _log.LastSequence.Should().Be(6);
    }

    [Test]
    public void A_record_comes_back_as_it_was_given()
    {
        _log.Append(
            [new LogEntry(127, ushort.MaxValue, new byte[] { 1, 2, 3 }), new LogEntry(1, 0, ReadOnlyMemory<byte>.Empty)], 1234567890123);

        AssertRecords(Read([1, 2], out _));
        _log = Restart(out List<LogRecord> replayed);
        AssertRecords(replayed);
        AssertRecords(Read([1, 2], out _));

        static void AssertRecords(List<LogRecord> records)
        {
            records.Should().HaveCount(2);
            records[0].Should().BeEquivalentTo(
                new { Sequence = 1L, Time = 1234567890123L, Type = (byte)127, Version = ushort.MaxValue },
                options => options.ExcludingMissingMembers());
            records[0].Payload.ToArray().Should().Equal(1, 2, 3);
            records[1].Type.Should().Be(1);
            records[1].Version.Should().Be(0);
            records[1].Payload.Length.Should().Be(0);
        }
    }

    [Test]
    public void Payloads_are_not_used_after_the_call()
    {
        byte[] payload = [1, 2, 3];
        _log.Append([new LogEntry(1, 1, payload)], 1);
        payload.AsSpan().Clear();
        Read([1], out _).Single().Payload.ToArray().Should().Equal(1, 2, 3);
    }

    [Test]
    public void Recover_returns_every_record_in_order_with_payloads_that_stay_valid()
    {
        AppendMany(500);
        _log = Restart(out List<LogRecord> replayed);
        AppendMany(500);

        replayed.Select(record => record.Sequence).Should().Equal(Enumerable.Range(1, 500).Select(i => (long)i));
        foreach (LogRecord record in replayed)
        {
            record.Payload.ToArray().Should().Equal(PayloadOf((int)record.Sequence));
        }
    }

    [Test]
    public void A_store_keeps_its_id_and_never_gives_a_sequence_twice()
    {
        Guid id = _log.StoreId;
        long last = 0;
        for (int run = 0; run < 4; run++)
        {
            long first = _log.Append([Entry(run), Entry(run)], 1);
            first.Should().BeGreaterThan(last);
            last = first + 1;
            _log.LastSequence.Should().Be(last);
            _log = Restart(out List<LogRecord> replayed);
            replayed.Should().HaveCount((run + 1) * 2);
            _log.StoreId.Should().Be(id);
            _log.LastSequence.Should().BeGreaterThanOrEqualTo(last);
        }
    }

    [Test]
    public void Read_returns_the_requested_records_in_ascending_order([Values(1, 2, 7, 100, 499)] int step)
    {
        AppendMany(500);
        long[] sequences = [.. Enumerable.Range(0, 500).Where(i => i % step == 0).Select(i => i + 1L)];
        for (int from = 0; from < sequences.Length;)
        {
            List<LogRecord> records = Read(sequences[from..Math.Min(from + 300, sequences.Length)], out int consumed);
            records.Select(record => record.Sequence).Should().Equal(sequences.Skip(from).Take(consumed));
            records.Should().OnlyContain(record => IsWhole(record));
            from += consumed;
        }
    }

    [Test]
    public void Read_leaves_out_records_that_are_not_in_the_log()
    {
        AppendMany(10);
        Read([-5, 0, 3, 9, 11, long.MaxValue], out int consumed).Select(record => record.Sequence).Should().Equal(3, 9);
        consumed.Should().Be(6);
    }

    [Test]
    public void Read_stops_before_the_byte_limit_but_returns_at_least_one_record()
    {
        _log.Append([.. Enumerable.Range(0, 6).Select(i => new LogEntry(1, 1, new byte[100]))], 1);

        Read([1, 2, 3, 4], out int consumed, maxBytes: 250).Should().HaveCount(2);
        consumed.Should().Be(2);
        Read([1, 2, 3, 4], out consumed, maxBytes: 300).Should().HaveCount(3);
        consumed.Should().Be(3);
        Read([-1, 2, 3], out consumed, maxBytes: 1).Should().HaveCount(1);
        consumed.Should().Be(2);
        Read([1, 2, 3], out consumed, maxBytes: 0).Should().HaveCount(1);
        consumed.Should().Be(1);
    }

    [Test]
    public void Read_returns_at_most_as_many_records_as_there_is_room_for()
    {
        AppendMany(5);
        _log.Read([1, 2, 3, 4, 5], new LogRecord[2], int.MaxValue, out int consumed).Should().Be(2);
        consumed.Should().Be(2);
        _log.Read([], new LogRecord[2], int.MaxValue, out consumed).Should().Be(0);
        consumed.Should().Be(0);
    }

    [Test]
    public void A_payload_of_the_largest_size_is_accepted_and_a_larger_one_is_refused()
    {
        byte[] largest = SmallLog.Payload(1, _log.MaxPayloadBytes);
        _log.Append([Entry(1), new LogEntry(1, 1, largest), Entry(2)], 1);
        _log.Invoking(log => log.Append([new LogEntry(1, 1, new byte[log.MaxPayloadBytes + 1])], 1)).Should().Throw<ArgumentException>();
        Read([2, 3], out _)[0].Payload.Span.SequenceEqual(largest).Should().BeTrue();
        _log = Restart(out List<LogRecord> replayed);
        replayed.Should().HaveCount(3);
        replayed[1].Payload.Span.SequenceEqual(largest).Should().BeTrue();
    }

    [Test]
    public void A_wrong_batch_is_refused_and_changes_nothing()
    {
        AppendMany(3);
        _log.Invoking(log => log.Append([], 1)).Should().Throw<ArgumentException>();
        _log.Invoking(log => log.Append([Entry(1), new LogEntry(0, 1, default)], 1)).Should().Throw<ArgumentException>();
        _log.Invoking(log => log.Append([Entry(1), new LogEntry(128, 1, default)], 1)).Should().Throw<ArgumentException>();
        _log.Append([Entry(4)], 1).Should().Be(4);
    }

    [Test]
    public async Task Reads_run_beside_appends()
    {
        const int Batches = 200;
        _log.Append([Entry(1)], 1);
        IEventLog log = _log;
        Task[] readers = [.. Enumerable.Range(0, 2).Select(seed => Task.Run(() => ReadUntil(log, 1 + (Batches * 3), seed)))];
        for (int i = 0; i < Batches; i++)
        {
            int next = 2 + (i * 3);
            _log.Append([Entry(next), Entry(next + 1), Entry(next + 2)], 1);
        }

        await Task.WhenAll(readers).WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Reads random parts while records are appended, until all records are there.</summary>
    private static void ReadUntil(IEventLog log, long end, int seed)
    {
        var random = new Random(seed);
        var records = new LogRecord[64];
        long last;
        do
        {
            last = log.LastSequence;
            int step = random.Next(1, 8);
            long from = random.NextInt64(1, last + 1);
            long[] sequences = [.. Enumerable.Range(0, 64).Select(i => from + ((long)i * step)).Where(sequence => sequence <= last)];
            int count = log.Read(sequences, records, int.MaxValue, out int consumed);
            consumed.Should().Be(sequences.Length);
            count.Should().Be(sequences.Length);
            for (int i = 0; i < count; i++)
            {
                records[i].Sequence.Should().Be(sequences[i]);
                IsWhole(records[i]).Should().BeTrue();
            }
        }
        while (last < end);
    }

    /// <summary>Returns the n-th record of these tests: from empty to several hundred bytes.</summary>
    private static LogEntry Entry(int number) => new(1, 1, PayloadOf(number));

    private static bool IsWhole(LogRecord record) => record.Payload.Span.SequenceEqual(PayloadOf((int)record.Sequence));

    private static byte[] PayloadOf(int number) => SmallLog.Payload(number, number * 37 % 301);

    private void AppendMany(int count)
    {
        for (int i = 0; i < count;)
        {
            int size = Math.Min(1 + (i % 7), count - i);
            int next = (int)_log.LastSequence + 1;
            _log.Append([.. Enumerable.Range(next, size).Select(Entry)], 1);
            i += size;
        }
    }

    private IEventLog Restart(out List<LogRecord> replayed)
    {
        IEventLog log = Reopen();
        List<LogRecord> records = [];
        log.Recover(record => records.Add(record.Copy()));
        replayed = records;
        return log;
    }

    private List<LogRecord> Read(long[] sequences, out int consumed, int maxBytes = int.MaxValue)
    {
        var records = new LogRecord[sequences.Length];
        int count = _log.Read(sequences, records, maxBytes, out consumed);
        return [.. records.Take(count)];
    }
}
