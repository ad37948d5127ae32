using MessageQueue.Transport;
using static MessageQueue.Tests.Infrastructure.RawWebSocket;

namespace MessageQueue.Tests.Transport;

/// <summary>Feeds every case in two pieces, cut at every position, and byte by byte, because a network may cut anywhere.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class InboundFrameMonitorTests
{
    private const int Limit = 300;

    private static readonly byte[] Good = [.. Frame(Text, new byte[200]), .. Frame(Ping, "hi"u8), .. Frame(Text, [])];

    [Test]
    public void Messages_up_to_the_limit_pass() =>
        Passes([.. Good, .. Frame(Text, new byte[Limit]), .. Frame(Binary, new byte[126]), .. Good]);

    [Test]
    public void Fragments_up_to_the_limit_pass_with_control_frames_between_them() => Passes(
        [.. Frame(Text, new byte[100], final: false), .. Frame(Ping, new byte[125]), .. Frame(Continuation, new byte[199], final: false),
            .. Frame(Pong, []), .. Frame(Continuation, new byte[1]), .. Frame(Text, new byte[Limit])]);

    [TestCase(Limit + 1UL)]
    [TestCase(70_000UL)]
    [TestCase(1UL << 30)]
    [TestCase((ulong)long.MaxValue)]
    public void A_message_over_the_limit_is_stopped_at_its_header(ulong announced) =>
        IsStopped(Frame(Text, "..."u8, announced: announced), FrameViolation.TooBig);

    [Test]
    public void Fragments_that_add_up_over_the_limit_are_stopped_at_the_one_that_exceeds_it()
    {
        byte[] head = [.. Frame(Text, new byte[200], final: false), .. Frame(Ping, [])];
        IsStopped(Frame(Continuation, new byte[101], final: false), FrameViolation.TooBig, head);
        IsStopped(Frame(Continuation, new byte[101]), FrameViolation.TooBig, head);
    }

    [TestCase(Text)]
    [TestCase(Ping)]
    [TestCase(Close)]
    public void A_frame_without_a_mask_is_stopped(int opcode) =>
        IsStopped(Frame(opcode, "ab"u8, masked: false), FrameViolation.ProtocolError);

    [Test]
    public void A_length_with_the_highest_bit_set_is_stopped() =>
        IsStopped(Frame(Text, "..."u8, announced: ulong.MaxValue), FrameViolation.ProtocolError);

    [Test]
    public void Text_passes_wherever_its_characters_are_split() => Passes(
        [.. Frame(Text, "aé€😀"u8), .. Frame(Text, "é"u8[..1], final: false), .. Frame(Ping, [0xFF]),
            .. Frame(Continuation, [], final: false), .. Frame(Continuation, "é€"u8[1..]), .. Frame(Binary, [0xFF])]);

    [TestCase("FF")]
    [TestCase("E282")]
    [TestCase("EDA0")]
    [TestCase("61C328")]
    public void Text_that_is_not_UTF8_is_stopped(string text) =>
        IsStopped(Frame(Text, Convert.FromHexString(text)), FrameViolation.InvalidText);

    [Test]
    public void Text_that_ends_inside_a_character_is_stopped_at_an_empty_last_fragment() =>
        IsStopped(
            Frame(Continuation, []), FrameViolation.InvalidText,
            [.. Frame(Text, "€"u8[..2], final: false), .. Frame(Ping, "é"u8)]);

    [TestCase("03E8C3")]
    [TestCase("03E8EDA080")]
    public void A_close_whose_reason_is_not_UTF8_is_stopped(string payload) =>
        IsStopped(Frame(Close, Convert.FromHexString(payload)), FrameViolation.InvalidText);

    [Test]
    public void Long_text_is_followed_across_blocks_of_any_alignment()
    {
        byte[] text = [.. Enumerable.Repeat("xé€😀"u8.ToArray(), 1000).SelectMany(bytes => bytes)];
        for (int size = 500; size < 530; size++)
        {
            InboundFrameMonitor monitor = new(text.Length + 1);
            byte[] frame = Frame(Text, [.. text, 0xC3]);
            int passed = frame.Chunk(size).SkipLast(1).Sum(piece => monitor.Scan(piece));
            monitor.Violation.Should().Be(FrameViolation.None);
            passed.Should().BeGreaterThan(text.Length - size);
            monitor.Scan(frame.AsSpan(passed));
            monitor.Violation.Should().Be(FrameViolation.InvalidText);
        }
    }

    [TestCase(0)]
    [TestCase(2)]
    [TestCase(125)]
    public void A_close_frame_counts_when_it_is_whole(int length)
    {
        byte[] close = Frame(Close, new byte[length]);
        InboundFrameMonitor monitor = new(Limit);
        monitor.Scan(Good);
        monitor.Scan(close.AsSpan(0, close.Length - 1)).Should().Be(close.Length - 1);
        monitor.CloseReceived.Should().BeFalse();
        monitor.Scan(close.AsSpan(close.Length - 1)).Should().Be(1);
        monitor.CloseReceived.Should().BeTrue();
    }

    [Test]
    public void A_close_frame_is_found_after_a_violation()
    {
        byte[] bytes = [.. Frame(Text, new byte[500]), .. Frame(Text, new byte[1000], masked: false), .. Frame(Close, new byte[2])];
        foreach (byte[][] pieces in Cuts(bytes))
        {
            InboundFrameMonitor monitor = new(Limit);
            pieces.Sum(piece => monitor.Scan(piece)).Should().BeLessThan(bytes.Length);
            monitor.Violation.Should().Be(FrameViolation.TooBig);
            monitor.CloseReceived.Should().BeTrue();
        }
    }

    private static void Passes(byte[] bytes)
    {
        foreach (byte[][] pieces in Cuts(bytes))
        {
            InboundFrameMonitor monitor = new(Limit);
            foreach (byte[] piece in pieces)
            {
                monitor.Scan(piece).Should().Be(piece.Length);
            }

            monitor.Violation.Should().Be(FrameViolation.None);
            monitor.CloseReceived.Should().BeFalse();
        }
    }

    private static void IsStopped(byte[] bad, FrameViolation expected, byte[]? head = null)
    {
        head ??= Good;
        byte[] bytes = [.. head, .. bad, .. Good];
        foreach (byte[][] pieces in Cuts(bytes))
        {
            InboundFrameMonitor monitor = new(Limit);
            int passed = 0;
            foreach (byte[] piece in pieces)
            {
                int from = passed;
                passed += monitor.Scan(piece);

                // The first bytes of a header that was cut pass before the rest shows the fault. No payload passes, except text before the
                // fault.
                int mostPassed = expected == FrameViolation.InvalidText ? bad.Length - 1 : 9;
                passed.Should().BeInRange(Math.Min(from + piece.Length, head.Length), head.Length + mostPassed);
            }

            monitor.Violation.Should().Be(expected);
            if (pieces.Length == 1)
            {
                passed.Should().Be(head.Length, "the bytes before the frame are good");
            }
        }
    }

    /// <summary>Returns the bytes as a whole, in two pieces cut at every position, and one by one.</summary>
    private static IEnumerable<byte[][]> Cuts(byte[] bytes)
    {
        yield return [bytes];
        for (int cut = 1; cut < bytes.Length; cut++)
        {
            yield return [bytes[..cut], bytes[cut..]];
        }

        yield return [.. bytes.Select(value => new[] { value })];
    }
}
