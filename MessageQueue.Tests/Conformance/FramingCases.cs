using static MessageQueue.Tests.Conformance.Step;
using static MessageQueue.Tests.Infrastructure.RawWebSocket;

namespace MessageQueue.Tests.Conformance;

/// <summary>Section 2: lengths, pieces and masks.</summary>
internal static class FramingCases
{
    private const int Limit = ConformanceTests.MaxBytes;

    public static IEnumerable<ConformanceCase> All =>
    [
        new("2.1", "5.2", "a message of 0 bytes", Frame(Text, []), "error bad_json"),
        new("2.2", "5.2", "a message of 1 byte", Frame(Text, "0"u8), "error bad_message"),
        .. Lengths(),
        new("2.11", "5.2", "1 byte over the limit", Frame(Text, new byte[Limit + 1]), "close 1009"),
        new("2.12", "5.2", "1 byte over the limit, announced only", Frame(Text, [], announced: Limit + 1), "close 1009"),
        new("2.13", "5.2", "a length of 2^63 − 1, announced only", Frame(Text, [], announced: long.MaxValue), "close 1009"),
        new("2.14", "5.2", "a length with its highest bit set", Frame(Text, [], announced: 1UL << 63), "close 1002"),
        new("2.15", "5.2", "a length of 2^64 − 1", Frame(Text, [], announced: ulong.MaxValue), "close 1002"),
        .. Chops(),
        new("2.31", "5.2", "100 messages in one piece", [Many(100), .. Answered(100)]),
        new("2.32", "5.2", "a length below 126 written in 16 bits", LongLength(Messages.Ping(), 126), "pong x"),
        new("2.33", "5.2", "a length below 126 written in 64 bits", LongLength(Messages.Ping(), 127), "pong x"),
        new("2.34", "5.2", "a length below 65536 written in 64 bits", LongLength(Messages.PingOfLength(200), 127), "pong x"),
        new("2.35", "5.1", "a message without a mask", Frame(Text, Messages.Ping(), masked: false), "close 1002"),
        new("2.36", "5.1", "an empty message without a mask", Frame(Text, [], masked: false), "close 1002"),
        new("2.37", "5.1", "the header of a message without a mask, and no more",
            Frame(Text, [], masked: false, announced: 50), "close 1002"),
        new("2.38", "5.1", "a ping without a mask", Frame(Ping, "hi"u8, masked: false), "close 1002"),
        new("2.39", "5.1", "a close without a mask", Bye(Frame(Close, [3, 0xE8], masked: false)), "close 1002"),
        new("2.40", "5.1", "a continuation without a mask", Frame(Text, "{"u8, final: false),
            Frame(Continuation, "}"u8, masked: false), "close 1002"),
        new("2.41", "5.1", "a good message, then one without a mask", Frame(Text, Messages.Ping()), "pong x",
            Frame(Text, Messages.Ping("y"), masked: false), "close 1002"),
        new("2.42", "5.3", "a mask of zeros", ZeroMask(Messages.Ping()), "pong x"),
        new("2.43", "5.6", "a binary message", Frame(Binary, Messages.Ping()), "close 1003"),
        new("2.44", "5.6", "an empty binary message", Frame(Binary, []), "close 1003"),
        new("2.45", "5.6", "the first fragment of a binary message", Frame(Binary, Messages.Ping(), final: false), "close 1003"),
    ];

    private static IEnumerable<ConformanceCase> Lengths()
    {
        int[] lengths = [125, 126, 127, 128, 65535, 65536, 65537];
        for (int i = 0; i < lengths.Length; i++)
        {
            yield return new(
                $"2.{i + 3}", "5.2", $"a message of {lengths[i]} bytes", Frame(Text, Messages.PingOfLength(lengths[i])), "pong x");
        }

        yield return new("2.10", "5.2", "a message as long as the limit", Frame(Text, Messages.PingOfLength(Limit)), "pong x");
    }

    private static IEnumerable<ConformanceCase> Chops()
    {
        yield return new("2.21", "5.2", "a message of 0 bytes, byte by byte", Chopped(Frame(Text, [])), "error bad_json");
        yield return new("2.22", "5.2", "a message of 1 byte, byte by byte", Chopped(Frame(Text, "0"u8)), "error bad_message");
        int[] lengths = [125, 126, 127];
        for (int i = 0; i < lengths.Length; i++)
        {
            yield return new($"2.{i + 23}", "5.2", $"a message of {lengths[i]} bytes, byte by byte",
                Chopped(Frame(Text, Messages.PingOfLength(lengths[i]))), "pong x");
        }

        int[] longLengths = [65535, 65536, Limit];
        for (int i = 0; i < longLengths.Length; i++)
        {
            // A prime number, so that pieces end at all positions of the server's buffers.
            yield return new(
                $"2.{i + 26}", "5.2", $"a message of {longLengths[i]} bytes in pieces",
                Chopped(Frame(Text, Messages.PingOfLength(longLengths[i])), 1009), "pong x");
        }
    }

    private static byte[] Many(int count) => [.. Enumerable.Range(0, count).SelectMany(i => Frame(Text, Messages.Ping($"{i}")))];

    private static IEnumerable<Step> Answered(int count) => Enumerable.Range(0, count).Select(i => (Step)Answers.Message($"{i}"));

    /// <summary>Returns a frame whose length is written in more bytes than needed.</summary>
    private static byte[] LongLength(byte[] payload, byte form)
    {
        byte[] length = new byte[form == 126 ? sizeof(ushort) : sizeof(ulong)];
        length[^2] = (byte)(payload.Length >> 8);
        length[^1] = (byte)payload.Length;
        byte[] masked = Frame(Text, payload);
        return [masked[0], (byte)(0x80 | form), .. length, .. masked[^(payload.Length + 4)..]];
    }

    private static byte[] ZeroMask(byte[] payload) => [0x81, (byte)(0x80 | payload.Length), 0, 0, 0, 0, .. payload];
}
