using static MessageQueue.Tests.Conformance.Step;
using static MessageQueue.Tests.Infrastructure.RawWebSocket;

namespace MessageQueue.Tests.Conformance;

/// <summary>Section 4: reserved bits, none of which was negotiated, and reserved opcodes.</summary>
internal static class ReservedCases
{
    private const string Refused = "close 1002";

    private static readonly byte[] Message = Messages.Ping();

    public static IEnumerable<ConformanceCase> All => [.. Bits(), .. Opcodes()];

    private static IEnumerable<ConformanceCase> Bits()
    {
        for (int bits = 1; bits <= 7; bits++)
        {
            yield return new(
                $"4.{bits}", "5.2", $"a message with the reserved bits {bits:B3}", Frame(Text, Message, reserved: bits), Refused);
        }

        yield return new("4.8", "5.2", "an empty message with a reserved bit", Frame(Text, [], reserved: 4), Refused);
        yield return new("4.9", "5.2", "a ping with a reserved bit", Frame(Ping, "hello"u8, reserved: 4), Refused);
        yield return new("4.10", "5.2", "a pong with a reserved bit", Frame(Pong, [], reserved: 2), Refused);
        yield return new("4.11", "5.2", "a close with a reserved bit", Bye(Frame(Close, [3, 0xE8], reserved: 1)), Refused);
        yield return new(
            "4.12", "5.2", "a continuation with a reserved bit", Frame(Text, Message, final: false),
            Frame(Continuation, [], reserved: 4), Refused);
        yield return new("4.13", "5.2", "a good message, then one with a reserved bit",
            Frame(Text, Message), "pong x", Frame(Text, Message, reserved: 4), Refused);
        yield return new("4.14", "5.2", "a message with a reserved bit, byte by byte", Chopped(Frame(Text, Message, reserved: 4)), Refused);
    }

    private static IEnumerable<ConformanceCase> Opcodes()
    {
        int[] opcodes = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];
        for (int i = 0; i < opcodes.Length; i++)
        {
            yield return new($"4.{i + 21}", "5.2", $"opcode {opcodes[i]:X}", Frame(opcodes[i], "hello"u8), Refused);
        }

        yield return new("4.31", "5.2", "opcode 3 without payload", Frame(3, []), Refused);
        yield return new("4.32", "5.2", "opcode B without payload", Frame(11, []), Refused);
        yield return new("4.33", "5.2", "opcode 5 that is not final", Frame(5, [], final: false), Refused);
        yield return new("4.34", "5.2", "opcode 7 inside a fragmented message", Frame(Text, Message, final: false), Frame(7, []), Refused);
        yield return new("4.35", "5.2", "opcode F of 126 bytes", Frame(15, new byte[126]), Refused);
    }
}
