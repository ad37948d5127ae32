using MessageQueue.Tests.Infrastructure;
using MessageQueue.Transport;
using static MessageQueue.Tests.Infrastructure.RawWebSocket;

namespace MessageQueue.Tests.Transport;

/// <summary>The reading side between the server's stream and the framework: one large read serves many small ones.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ConnectionStreamTests
{
    private const int Limit = 10_000;

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(139)]
    [TestCase(1023)]
    [TestCase(1024)]
    [TestCase(20_000)]
    public async Task Reads_of_any_size_yield_every_byte_in_order(int size)
    {
        byte[] bytes = [.. Enumerable.Range(0, 200).SelectMany(i => Frame(Text, new byte[i * 7]))];
        await using ConnectionStream stream = new(new MemoryStream(bytes), Limit);
        List<byte> received = [];
        byte[] buffer = new byte[size];
        int read;
        do
        {
            (await stream.ReadAsync(Memory<byte>.Empty).OrTimeout()).Should().Be(0);
            read = await stream.ReadAsync(buffer).OrTimeout();
            received.AddRange(buffer.AsSpan(0, read));
        }
        while (read > 0);

        received.Should().Equal(bytes);
        stream.IsReading.Should().BeFalse();
    }

    [TestCase(2)]
    [TestCase(4096)]
    public async Task Bytes_before_a_violation_are_passed_on_and_none_after_it(int size)
    {
        byte[] good = Frame(Text, new byte[100]);
        byte[] bytes = [.. good, .. Frame(Text, new byte[100], masked: false), .. good];
        await using ConnectionStream stream = new(new MemoryStream(bytes), Limit);
        List<byte> received = [];
        byte[] buffer = new byte[size];
        Func<Task> reading = async () =>
        {
            while (true)
            {
                int read = await stream.ReadAsync(buffer).OrTimeout();
                read.Should().BePositive("the stream has not ended");
                received.AddRange(buffer.AsSpan(0, read));
            }
        };

        await reading.Should().ThrowAsync<IOException>();
        await reading.Should().ThrowAsync<IOException>("it stays broken");
        received.Should().Equal(good);
        stream.Violation.Should().Be(FrameViolation.ProtocolError);
    }

    [Test]
    public async Task Discarding_stops_after_the_close_frame()
    {
        MemoryStream inner = new([.. Frame(Text, new byte[Limit + 1]), .. Frame(Close, []), .. new byte[5000]]);
        await using ConnectionStream stream = new(inner, Limit);

        await stream.DiscardAsync().OrTimeout();

        inner.Position.Should().BeLessThan(inner.Length);
        long position = inner.Position;
        await stream.DiscardAsync().OrTimeout();
        inner.Position.Should().Be(position);
    }

    [Test]
    public async Task Discarding_ends_with_the_stream_and_when_told_to()
    {
        await using ConnectionStream ended = new(new MemoryStream(new byte[10]), Limit);
        await ended.DiscardAsync().OrTimeout();

        await using ConnectionStream stopped = new(new MemoryStream(new byte[10]), Limit);
        stopped.StopReading();
        await stopped.DiscardAsync().OrTimeout();
    }

    [Test]
    public async Task A_pong_waits_for_a_full_output_and_a_close_frame_does_not()
    {
        GatedStream taken = new() { Blocks = true };
        ConnectionOutput output = new(taken, 4, inline: true, new CountingObserver());
        await using ConnectionStream stream = new(new MemoryStream(), Limit) { Output = output };

        Task first = stream.WriteAsync(new byte[] { 0x8A, 0 }).AsTask();
        Task second = stream.WriteAsync(new byte[] { 0x8A, 0 }).AsTask();
        first.IsCompleted.Should().BeTrue();
        second.IsCompleted.Should().BeFalse();
        taken.Release();
        await second.OrTimeout();

        await stream.WriteAsync(new byte[] { 0x88, 0 }).OrTimeout();
        output.IsClosed.Should().BeTrue();
    }
}
