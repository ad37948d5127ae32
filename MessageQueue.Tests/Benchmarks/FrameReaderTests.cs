using MessageQueue.Benchmarks.Generator;

namespace MessageQueue.Tests.Benchmarks;

/// <summary>The generator reads the frames of servers, however they are cut, and builds those of clients.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class FrameReaderTests
{
    [TestCase(0)]
    [TestCase(125)]
    [TestCase(126)]
    [TestCase(65_535)]
    [TestCase(65_536)]
    public void Reads_a_frame_once_it_is_complete(int size)
    {
        byte[] payload = [.. Enumerable.Range(0, size).Select(i => (byte)i)];
        byte[] frame = [0x82, .. Length(size), .. payload];

        FrameReader.TryRead(frame.AsSpan(..^1), out _, out _, out _).Should().BeFalse();
        FrameReader.TryRead([.. frame, 0x81], out int opcode, out ReadOnlySpan<byte> read, out int length).Should().BeTrue();
        opcode.Should().Be(2);
        read.ToArray().Should().Equal(payload);
        length.Should().Be(frame.Length);
    }

    [TestCase(125, 6)]
    [TestCase(126, 8)]
    public void A_clients_frame_is_masked_with_zeros(int size, int header)
    {
        byte[] frame = ClientFrame.Binary(new byte[size]);

        frame.Should().HaveCount(header + size);
        (frame[1] & 0x80).Should().Be(0x80);
    }

    [Test]
    public void The_data_carries_the_time_at_which_it_was_due()
    {
        byte[] frame = ClientFrame.Text($"prefix {EventData.Text} suffix");
        EventData.TimeOf(frame).Should().Be(0);

        EventData.Stamp(frame, 0x123456789ABC);

        EventData.TimeOf(frame).Should().Be(0x123456789ABC);
        EventData.Utf8.Length.Should().Be(126);
    }

    private static byte[] Length(int size) => size switch
    {
        < 126 => [(byte)size],
        < 65_536 => [126, (byte)(size >> 8), (byte)size],
        _ => [127, 0, 0, 0, 0, (byte)(size >> 24), (byte)(size >> 16), (byte)(size >> 8), (byte)size],
    };
}
