using System.Buffers;
using MessageQueue.Transport;
using static MessageQueue.Tests.Infrastructure.RawWebSocket;

namespace MessageQueue.Tests.Transport;

/// <summary>Feeds every case in two pieces, cut at every position, and byte by byte, because a network may cut anywhere.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class FrameReaderTests
{
    private const int Limit = 300;

    private static readonly byte[] Good = [.. Frame(Text, new byte[200]), .. Frame(Ping, "hi"u8), .. Frame(Text, [])];
    private static readonly string[] FoundInGood = ["text 200", "ping 6869", "text 0"];

    [Test]
    public void Messages_up_to_the_limit_pass() => Yields(
        [.. Good, .. Frame(Text, new byte[Limit]), .. Frame(Binary, new byte[126]), .. Good],
        [.. FoundInGood, "text 300", "binary 126", .. FoundInGood]);

    [Test]
    public void Fragments_up_to_the_limit_pass_with_control_frames_between_them() => Yields(
        [.. Frame(Text, new byte[100], final: false), .. Frame(Ping, []), .. Frame(Continuation, new byte[199], final: false),
            .. Frame(Pong, new byte[125]), .. Frame(Continuation, new byte[1]), .. Frame(Text, new byte[Limit])],
        ["ping ", "text 300", "text 300"]);

    [TestCase(Limit + 1UL)]
    [TestCase(70_000UL)]
    [TestCase(1UL << 30)]
    [TestCase((ulong)long.MaxValue)]
    public void A_message_over_the_limit_is_stopped_at_its_header(ulong announced) =>
        IsStopped(Frame(Text, "..."u8, announced: announced), Inbound.TooBig);

    [Test]
    public void Fragments_that_add_up_over_the_limit_are_stopped_at_the_one_that_exceeds_it()
    {
        byte[] head = [.. Frame(Text, new byte[200], final: false), .. Frame(Ping, [])];
        IsStopped(Frame(Continuation, new byte[101], final: false), Inbound.TooBig, head);
        IsStopped(Frame(Continuation, new byte[101]), Inbound.TooBig, head);
    }

    [TestCase(Text)]
    [TestCase(Ping)]
    [TestCase(Close)]
    public void A_frame_without_a_mask_is_stopped(int opcode) =>
        IsStopped(Frame(opcode, "ab"u8, masked: false), Inbound.ProtocolError);

    [Test]
    public void A_length_with_the_highest_bit_set_is_stopped() =>
        IsStopped(Frame(Text, "..."u8, announced: ulong.MaxValue), Inbound.ProtocolError);

    [Test]
    public void A_wrong_length_is_found_before_the_mask_has_arrived()
    {
        byte[] bytes = Frame(Text, [], announced: 70_000);
        FrameReader reader = new(Limit);
        Read(ref reader, bytes[..^4]).Should().Equal("TooBig");
        Read(ref reader, [.. bytes[^4..], .. new byte[70_000], .. Frame(Close, [])]).Should().BeEmpty();
        reader.CloseReceived.Should().BeTrue("the rest is followed");
    }

    [TestCase(3)]
    [TestCase(7)]
    [TestCase(11)]
    [TestCase(15)]
    public void A_reserved_opcode_is_stopped(int opcode) => IsStopped(Frame(opcode, "ab"u8), Inbound.ProtocolError);

    [TestCase(Text)]
    [TestCase(Pong)]
    public void A_reserved_bit_is_stopped(int opcode) => IsStopped(Frame(opcode, [], reserved: 4), Inbound.ProtocolError);

    [Test]
    public void Control_frames_are_whole_and_short()
    {
        IsStopped(Frame(Ping, [], final: false), Inbound.ProtocolError);
        IsStopped(Frame(Ping, new byte[126]), Inbound.ProtocolError);
    }

    [Test]
    public void A_fragment_follows_its_beginning_and_nothing_else_does()
    {
        IsStopped(Frame(Continuation, "a"u8), Inbound.ProtocolError);
        IsStopped(Frame(Text, "a"u8), Inbound.ProtocolError, Frame(Text, [], final: false));
        IsStopped(Frame(Binary, "a"u8), Inbound.ProtocolError, Frame(Text, [], final: false));
    }

    [Test]
    public void A_binary_message_is_stopped_at_its_header_where_none_is_wanted() =>
        IsStopped(Frame(Binary, "a"u8), Inbound.UnwantedBinary, takesBinary: false);

    [Test]
    public void Text_passes_wherever_its_characters_are_split() => Yields(
        [.. Frame(Text, "aé€😀"u8), .. Frame(Text, "é"u8[..1], final: false), .. Frame(Ping, [0xFF]),
            .. Frame(Continuation, [], final: false), .. Frame(Continuation, "é€"u8[1..]), .. Frame(Binary, [0xFF])],
        ["text 10", "ping FF", "text 5", "binary 1"]);

    [TestCase("FF")]
    [TestCase("E282")]
    [TestCase("EDA0")]
    [TestCase("61C328")]
    public void Text_that_is_not_UTF8_is_stopped(string text) =>
        IsStopped(Frame(Text, Convert.FromHexString(text)), Inbound.InvalidText);

    [Test]
    public void Text_that_ends_inside_a_character_is_stopped_at_an_empty_last_fragment() =>
        IsStopped(
            Frame(Continuation, []), Inbound.InvalidText,
            [.. Frame(Text, "€"u8[..2], final: false), .. Frame(Pong, "é"u8)]);

    [TestCase("03E8C3")]
    [TestCase("03E8EDA080")]
    public void A_close_whose_reason_is_not_UTF8_is_stopped(string payload) =>
        IsStopped(Frame(Close, Convert.FromHexString(payload)), Inbound.InvalidText);

    [TestCase("03")]
    [TestCase("03E7")]
    [TestCase("03EC")]
    [TestCase("03F7")]
    [TestCase("1388")]
    public void A_close_whose_code_is_not_allowed_is_stopped(string payload) =>
        IsStopped(Frame(Close, Convert.FromHexString(payload)), Inbound.ProtocolError);

    [Test]
    public void Long_text_is_followed_across_pieces_of_any_size_and_stopped_at_its_first_wrong_byte()
    {
        byte[] text = [.. Enumerable.Repeat("xé€😀"u8.ToArray(), 1000).SelectMany(bytes => bytes)];
        byte[] frame = Frame(Text, [.. text, 0xC3, 0x28, 0x20]);
        for (int size = 500; size < 530; size++)
        {
            FrameReader reader = new(frame.Length);
            foreach (byte[] piece in frame[..^2].Chunk(size))
            {
                Read(ref reader, piece).Should().BeEmpty();
            }

            Read(ref reader, frame[^2..^1]).Should().Equal("InvalidText");
            reader.Release();
        }
    }

    [Test]
    public void Every_byte_is_unmasked_wherever_the_payload_is_cut()
    {
        byte[] payload = [.. Enumerable.Range(0, 100).Select(i => (byte)i)];
        foreach (byte[][] pieces in Cuts(Frame(Binary, payload)))
        {
            FrameReader reader = new(Limit) { TakesBinary = true };
            Inbound found = Inbound.Nothing;
            foreach (byte[] piece in pieces)
            {
                ReadOnlySequence<byte> rest = new(piece);
                found = reader.Read(ref rest);
            }

            found.Should().Be(Inbound.Message);
            reader.Message.ToArray().Should().Equal(payload);
            reader.Release();
        }
    }

    [TestCase(0)]
    [TestCase(2)]
    [TestCase(125)]
    public void A_close_frame_counts_when_it_is_whole(int length)
    {
        byte[] close = Frame(Close, [.. new byte[] { 3, 0xE8 }.Take(length), .. new byte[Math.Max(0, length - 2)]]);
        FrameReader reader = new(Limit);
        Read(ref reader, [.. Good, .. close[..^1]]).Should().Equal(FoundInGood);
        reader.CloseReceived.Should().BeFalse();
        Read(ref reader, [.. close[^1..], .. Good]).Should().Equal("close");
        reader.CloseReceived.Should().BeTrue();
    }

    [Test]
    public void A_close_frame_is_found_after_a_violation()
    {
        byte[] bytes =
        [
            .. Frame(Text, new byte[500]), .. Frame(Text, new byte[1000], masked: false), .. Frame(3, new byte[3], reserved: 7),
            .. Frame(Close, new byte[2]),
        ];
        foreach (byte[][] pieces in Cuts(bytes))
        {
            FrameReader reader = new(Limit);
            pieces.SelectMany(piece => Read(ref reader, piece)).Should().Equal("TooBig");
            reader.CloseReceived.Should().BeTrue();
        }
    }

    [Test]
    public void Bytes_in_several_segments_are_read_as_one()
    {
        byte[] bytes = [.. Good, .. Good];
        FrameReader reader = new(Limit);
        ReadOnlySequence<byte> sequence = Segments.Of([.. bytes.Chunk(3)]);
        Read(ref reader, sequence).Should().Equal([.. FoundInGood, .. FoundInGood]);
    }

    /// <summary>Reads everything in the bytes, as one word or two for each thing found.</summary>
    internal static List<string> Read(ref FrameReader reader, byte[] bytes) => Read(ref reader, new ReadOnlySequence<byte>(bytes));

    internal static List<string> Read(ref FrameReader reader, ReadOnlySequence<byte> bytes)
    {
        List<string> found = [];
        while (true)
        {
            Inbound next = reader.Read(ref bytes);
            switch (next)
            {
                case Inbound.Nothing:
                    return found;
                case Inbound.Message:
                    found.Add($"{(reader.IsBinary ? "binary" : "text")} {reader.Message.Length}");
                    break;
                case Inbound.Ping:
                    found.Add($"ping {Convert.ToHexString(reader.ControlPayload)}");
                    break;
                case Inbound.Close:
                    found.Add("close");
                    break;
                default:
                    found.Add(next.ToString());
                    break;
            }
        }
    }

    /// <summary>Returns the bytes as a whole, in two pieces cut at every position, and one by one.</summary>
    internal static IEnumerable<byte[][]> Cuts(byte[] bytes)
    {
        yield return [bytes];
        for (int cut = 1; cut < bytes.Length; cut++)
        {
            yield return [bytes[..cut], bytes[cut..]];
        }

        yield return [.. bytes.Select(value => new[] { value })];
    }

    private static void Yields(byte[] bytes, string[] expected)
    {
        foreach (byte[][] pieces in Cuts(bytes))
        {
            FrameReader reader = new(Limit) { TakesBinary = true };
            List<string> found = [];
            foreach (byte[] piece in pieces)
            {
                found.AddRange(Read(ref reader, piece));
            }

            found.Should().Equal(expected);
            reader.CloseReceived.Should().BeFalse();
            reader.Release();
        }
    }

    private static void IsStopped(byte[] bad, Inbound expected, byte[]? head = null, bool takesBinary = true)
    {
        FrameReader before = new(Limit) { TakesBinary = true };
        List<string> foundBefore = Read(ref before, head ?? Good);
        byte[] bytes = [.. head ?? Good, .. bad, .. Good];
        foreach (byte[][] pieces in Cuts(bytes))
        {
            FrameReader reader = new(Limit) { TakesBinary = takesBinary };
            List<string> found = [];
            foreach (byte[] piece in pieces)
            {
                found.AddRange(Read(ref reader, piece));
            }

            found.Should().Equal([.. foundBefore, expected.ToString()], "what came before is good, and nothing is passed on after it");
            reader.Release();
        }
    }
}
