using MessageQueue.Tests.Infrastructure;
using MessageQueue.Transport;

namespace MessageQueue.Tests.Transport;

/// <summary>
/// The locked writer on a stream that accepts bytes when the test says so. <c>Release</c> runs the rest of a send on the test's thread.
/// </summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ConnectionOutputTests
{
    private const int Limit = 1000;

    private readonly GatedStream _stream = new() { Blocks = true };
    private readonly CountingObserver _observer = new();
    private readonly ConnectionOutput _output;

    public ConnectionOutputTests() => _output = new ConnectionOutput(_stream, Limit, inline: true, _observer);

    [Test]
    public void Nothing_is_sent_before_a_flush_and_then_everything_in_one_write()
    {
        _output.TryWrite([1, 2]).Should().BeTrue();
        _output.Write([3]);
        _stream.Writes.Should().BeEmpty();

        _output.Flush();

        Written().Should().Equal("010203");
    }

    [Test]
    public void Two_parts_are_written_together_or_not_at_all()
    {
        _output.TryWrite([1], [2, 3]).Should().BeTrue();
        _output.TryWrite(new byte[500], new byte[500]).Should().BeFalse();
        _output.TryWrite([4], []).Should().BeTrue();

        Written().Should().Equal("010203");
        _stream.Release();
        Written().Should().Equal("010203", "04");
    }

    [Test]
    public void Shared_frames_that_lie_one_after_the_other_are_sent_as_one_and_without_a_copy()
    {
        byte[] shared = [1, 2, 3, 4, 5];
        _output.TryWriteShared(shared.AsMemory(1, 2)).Should().BeTrue();
        _output.TryWriteShared(shared.AsMemory(3, 1)).Should().BeTrue();

        _output.Flush();

        Written().Should().Equal("020304");
        _stream.Last.Span.Overlaps(shared).Should().BeTrue();
    }

    [Test]
    public void Shared_frames_keep_their_place_among_others()
    {
        byte[] shared = [3, 4, 5];
        _output.Write([1]);
        _output.TryWriteShared(new byte[] { 2 });
        _output.TryWriteShared(shared.AsMemory(0, 1));
        _output.Flush();
        _stream.Release();

        _output.TryWriteShared(shared.AsMemory(1, 1));
        _output.TryWriteShared(shared.AsMemory(0, 1));
        _output.TryWriteShared(shared.AsMemory(2, 1));
        _output.Write([6]);
        _output.TryWrite([7], [8]);
        _output.Flush();

        Written().Should().Equal("010203", "040305060708");
    }

    [Test]
    public void Shared_frames_are_copied_while_the_receiver_takes_its_time()
    {
        byte[] shared = [2, 3];
        Send(1);
        _output.TryWriteShared(shared);
        _output.Flush();

        _stream.Release();

        Written().Should().Equal("01", "0203");
        _stream.Last.Span.Overlaps(shared).Should().BeFalse("a slow receiver must not keep what all others have let go");
    }

    [Test]
    public void Shared_frames_are_taken_all_or_none_and_count_as_any_other_bytes()
    {
        byte[] shared = new byte[Limit + 1];
        _output.TryWriteShared(shared.AsMemory(0, 600)).Should().BeTrue();
        _output.TryWriteShared(shared.AsMemory(600, 401)).Should().BeFalse();
        _stream.Writes.Should().HaveCount(1, "without a send there would be no room again until the next flush");

        _stream.Release();

        _observer.Drained.Should().Be(1);
        _stream.Writes.Should().HaveCount(1);
        _output.TryWriteShared(shared).Should().BeTrue("it is empty");
        _output.TryClose([0x88, 0]);
        _output.TryWriteShared(shared).Should().BeFalse("it is closed");
    }

    [Test]
    public void Data_written_during_a_send_is_sent_next_even_without_a_flush()
    {
        Send(1);
        _output.TryWrite([2]);
        _output.Flush();
        _output.TryWrite([3]);
        Written().Should().Equal("01");

        _stream.Release();
        Written().Should().Equal("01", "0203");

        _stream.Release();
        _output.IsSending.Should().BeFalse();
        Written().Should().Equal("01", "0203");
    }

    [Test]
    public void A_full_output_refuses_and_reports_once_when_half_of_it_is_free()
    {
        _output.TryWrite(new byte[500]).Should().BeTrue();
        _output.Flush();
        _output.TryWrite(new byte[500]).Should().BeTrue("the limit itself still fits");
        _output.TryWrite([1]).Should().BeFalse();
        _output.TryWrite([1]).Should().BeFalse();
        _observer.Drained.Should().Be(0);

        _stream.Release();
        _observer.Drained.Should().Be(1);

        _stream.Release();
        _observer.Drained.Should().Be(1);
        _stream.Writes.Sum(write => write.Length).Should().Be(1000, "what was refused was not written");
        _output.TryWrite(new byte[Limit]).Should().BeTrue();
    }

    [Test]
    public void A_refused_frame_longer_than_half_the_limit_fits_when_the_output_reports()
    {
        bool taken = false;
        _observer.WhenDrained = () => taken = _output.TryWrite(new byte[900]);
        _output.TryWrite(new byte[100]);
        _output.Flush();
        _output.TryWrite(new byte[300]);
        _output.TryWrite(new byte[900]).Should().BeFalse();

        _stream.Release();
        _observer.Drained.Should().Be(0, "300 bytes still wait");
        _stream.Release();
        taken.Should().BeTrue();
    }

    [Test]
    public void A_refused_frame_starts_a_send_so_that_the_output_drains()
    {
        _output.TryWrite(new byte[Limit]);

        _output.TryWrite([1]).Should().BeFalse();

        _stream.Writes.Should().HaveCount(1);
    }

    [Test]
    public void An_empty_output_accepts_a_frame_of_any_size_and_sends_it_in_slices()
    {
        _stream.Blocks = false;
        byte[] frame = new byte[1_000_000];
        Random.Shared.NextBytes(frame);

        _output.TryWrite(frame).Should().BeTrue();
        _output.Flush();

        _output.WhenIdleAsync().Wait(TimeSpan.FromSeconds(30)).Should().BeTrue();
        _stream.Writes.SelectMany(write => write).Should().Equal(frame);
        _stream.Writes.Max(write => write.Length).Should().BeLessThanOrEqualTo(64 * 1024);
    }

    [Test]
    public void A_response_is_accepted_even_when_the_output_is_full()
    {
        _output.TryWrite(new byte[Limit]);
        _output.Write([7]);
        _output.Flush();

        _stream.Writes.Single().Should().HaveCount(Limit + 1).And.EndWith((byte)7);
    }

    [Test]
    public void A_long_burst_is_sent_without_waiting_for_a_flush()
    {
        ConnectionOutput output = new(_stream, 1 << 20, inline: true, _observer);
        while (_stream.Writes.Count == 0)
        {
            output.TryWrite(new byte[1000]).Should().BeTrue();
        }

        _stream.Writes.Single().Length.Should().BeInRange(32 * 1024, 64 * 1024);
    }

    [Test]
    public async Task Waiting_for_room_ends_when_half_of_it_is_free()
    {
        await _output.WhenBelowLimitAsync().OrTimeout();
        _output.Write(new byte[400]);
        _output.Flush();
        _output.Write(new byte[600]);
        Task waiting = _output.WhenBelowLimitAsync().AsTask();

        _stream.Release();
        waiting.IsCompleted.Should().BeFalse("600 of 1000 bytes still wait");
        _stream.Release();

        await waiting.OrTimeout();
    }

    [Test]
    public async Task Waiting_for_room_sends_unflushed_data_and_ends_with_a_close()
    {
        _output.Write(new byte[Limit]);
        Task waiting = _output.WhenBelowLimitAsync().AsTask();
        _stream.Writes.Should().HaveCount(1);

        _output.TryClose([0x88, 0]);

        await waiting.OrTimeout();
    }

    [Test]
    public async Task A_close_frame_is_the_last_thing_sent()
    {
        Task closed = _output.WhenClosedAsync();
        _output.TryWrite([1]);
        _output.TryClose([0x88, 0]).Should().BeTrue();
        await closed.OrTimeout();

        _output.TryClose([0x88, 0]).Should().BeFalse("the first one wins");
        _output.TryWrite([2]).Should().BeFalse();
        _output.Write([3]);
        _output.Flush();
        Task idle = _output.WhenIdleAsync();
        idle.IsCompleted.Should().BeFalse();
        _stream.Release();

        await idle.OrTimeout();
        Written().Should().Equal("018800");
        _observer.Drained.Should().Be(0);
    }

    [Test]
    public async Task A_sealed_output_sends_what_it_has_and_accepts_nothing()
    {
        _output.TryWrite([1]);
        _output.Seal();
        _output.TryWrite([2]).Should().BeFalse();
        _stream.Release();

        await _output.WhenIdleAsync().OrTimeout();
        Written().Should().Equal("01");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_failing_stream_is_reported_once_and_swallows_the_rest(bool atOnce)
    {
        IOException error = new("reset");
        _stream.Error = atOnce ? error : null;
        Task closed = _output.WhenClosedAsync();
        _output.TryWrite(new byte[Limit]);
        _output.Flush();
        if (!atOnce)
        {
            _output.Write([1]);
            _stream.Fail(error);
        }

        await closed.OrTimeout();
        await _output.WhenIdleAsync().OrTimeout();
        await _output.WhenBelowLimitAsync().OrTimeout();
        _output.TryWrite([2]).Should().BeFalse();
        _output.Write([3]);
        _output.Flush();
        _output.Seal();
        _observer.Failures.Should().Equal(error);
        _observer.Drained.Should().Be(0);
        _stream.Writes.Should().HaveCount(atOnce ? 0 : 1);
    }

    [Test]
    public async Task Unless_inline_the_stream_is_written_by_another_thread()
    {
        _stream.Blocks = false;
        ConnectionOutput output = new(_stream, Limit, inline: false, _observer);
        int caller = Environment.CurrentManagedThreadId;
        output.TryWrite([1]);
        output.Flush();

        // Read before the first await, because until then this is the thread that flushed.
        int during = _stream.ThreadId;
        during.Should().NotBe(caller);
        await output.WhenIdleAsync().OrTimeout();
        Written().Should().Equal("01");
    }

    [Test]
    public void Writing_and_sending_allocates_nothing()
    {
        GatedStream stream = new() { Records = false };
        ConnectionOutput output = new(stream, 1 << 20, inline: true, _observer);
        byte[] frame = new byte[160];
        WriteBatches(10);

        long before = GC.GetAllocatedBytesForCurrentThread();
        WriteBatches(1000);
        long after = GC.GetAllocatedBytesForCurrentThread();

        (after - before).Should().Be(0);

        void WriteBatches(int count)
        {
            for (int batch = 0; batch < count; batch++)
            {
                for (int i = 0; i < 32; i++)
                {
                    output.TryWrite(frame);
                }

                output.Flush();
                output.TryWriteShared(frame);
                output.Flush();
            }
        }
    }

    private void Send(byte value)
    {
        _output.TryWrite([value]);
        _output.Flush();
    }

    private IEnumerable<string> Written() => _stream.Writes.Select(Convert.ToHexString);
}
