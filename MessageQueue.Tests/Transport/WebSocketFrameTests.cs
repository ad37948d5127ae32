using System.Text;
using MessageQueue.Transport;

namespace MessageQueue.Tests.Transport;

[Parallelizable(ParallelScope.All)]
internal sealed class WebSocketFrameTests
{
    [TestCase(0, new byte[] { 0x81, 0 })]
    [TestCase(1, new byte[] { 0x81, 1 })]
    [TestCase(125, new byte[] { 0x81, 125 })]
    [TestCase(126, new byte[] { 0x81, 126, 0, 126 })]
    [TestCase(65535, new byte[] { 0x81, 126, 0xFF, 0xFF })]
    [TestCase(65536, new byte[] { 0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0 })]
    public void A_text_frame_has_the_shortest_header_that_holds_its_length(int length, byte[] header)
    {
        byte[] payload = new byte[length];
        Random.Shared.NextBytes(payload);

        byte[] frame = WebSocketFrame.BuildText(payload);

        frame.AsSpan(0, header.Length).ToArray().Should().Equal(header);
        frame.AsSpan(header.Length).SequenceEqual(payload).Should().BeTrue();
    }

    [Test]
    public void A_close_frame_carries_code_and_reason()
    {
        byte[] frame = BuildClose(4001, "taken over");

        frame.Should().StartWith(new byte[] { 0x88, 12, 0x0F, 0xA1 });
        Encoding.UTF8.GetString(frame.AsSpan(4)).Should().Be("taken over");
    }

    [TestCase("x", 200, 123)]
    [TestCase("é", 200, 122)]
    [TestCase("€", 200, 123)]
    [TestCase("😀", 200, 120)]
    public void A_long_reason_is_cut_between_characters(string character, int times, int bytes)
    {
        byte[] frame = BuildClose(1000, string.Concat(Enumerable.Repeat(character, times)));

        frame.Should().HaveCount(2 + 2 + bytes);
        frame[1].Should().Be((byte)(2 + bytes));
        string reason = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(frame.AsSpan(4));
        reason.Should().Be(string.Concat(Enumerable.Repeat(character, bytes / Encoding.UTF8.GetByteCount(character))));
    }

    [Test]
    public void A_reason_with_half_a_surrogate_pair_is_still_valid_utf8()
    {
        byte[] frame = BuildClose(1000, "a\uD83Db");

        Encoding.UTF8.GetString(frame.AsSpan(4)).Should().Be("a\uFFFDb");
    }

    private static byte[] BuildClose(int code, string reason)
    {
        byte[] frame = new byte[WebSocketFrame.MaxControlBytes];
        return frame[..WebSocketFrame.WriteClose(frame, code, reason)];
    }
}
