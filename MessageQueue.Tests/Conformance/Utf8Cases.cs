using System.Text;
using static MessageQueue.Tests.Conformance.Step;
using static MessageQueue.Tests.Infrastructure.RawWebSocket;

namespace MessageQueue.Tests.Conformance;

/// <summary>Section 6: text that is UTF-8, and text that is not.</summary>
internal static class Utf8Cases
{
    private const string Refused = "close 1007";

    // The numbers of a series are so far apart that every byte sequence has its own number.
    private const int Valid = 1;
    private const int ValidInFragments = 31;
    private const int Invalid = 61;
    private const int InvalidInFragments = 101;

    private static readonly string[] Characters =
    [
        "7F", "C2 80", "DF BF", "E0 A0 80", "E1 80 80", "ED 9F BF", "EE 80 80", "EF BB BF", "EF BF BD", "EF BF BE", "EF BF BF",
        "F0 90 80 80", "F0 9F 98 80",
        "F3 BF BF BF", "F4 8F BF BF", "CE BA E1 BD B9 F0 9F 98 80",
    ];

    private static readonly (string Kind, string Bytes)[] Faults =
    [
        ("a continuation byte alone", "80"),
        ("a continuation byte alone", "BF"),
        ("a continuation byte too many", "C3 A4 80"),
        ("an overlong U+0000", "C0 80"),
        ("an overlong U+002F", "C0 AF"),
        ("an overlong U+007F", "C1 BF"),
        ("an overlong U+0000", "E0 80 80"),
        ("an overlong U+07FF", "E0 9F BF"),
        ("an overlong U+0000", "F0 80 80 80"),
        ("an overlong U+FFFF", "F0 8F BF BF"),
        ("a surrogate", "ED A0 80"),
        ("a surrogate", "ED BF BF"),
        ("a pair of surrogates", "ED A0 80 ED B0 80"),
        ("above U+10FFFF", "F4 90 80 80"),
        ("above U+10FFFF", "F5 80 80 80"),
        ("above U+10FFFF", "F7 BF BF BF"),
        ("five bytes", "F8 88 80 80 80"),
        ("six bytes", "FC 84 80 80 80 80"),
        ("a byte that never occurs", "FE"),
        ("a byte that never occurs", "FF"),
        ("cut off after 1 of 2 bytes", "C3 28"),
        ("cut off after 1 of 3 bytes", "E2 28 A1"),
        ("cut off after 2 of 3 bytes", "E2 82 28"),
        ("cut off after 1 of 4 bytes", "F0 28 8C BC"),
        ("cut off after 2 of 4 bytes", "F0 90 28 BC"),
        ("cut off after 3 of 4 bytes", "F0 90 8C 28"),
        ("cut off by another character", "E2 82 C3 A4"),
    ];

    public static IEnumerable<ConformanceCase> All => [.. Good(), .. Bad(), .. CutOff(), .. Early()];

    private static IEnumerable<ConformanceCase> Good()
    {
        for (int i = 0; i < Characters.Length; i++)
        {
            byte[] message = MessageOf(Characters[i]);
            yield return new($"6.{Valid + i}", "8.1", $"`{Characters[i]}`", Frame(Text, message), Echo(Characters[i]));
        }

        for (int i = 0; i < Characters.Length; i++)
        {
            byte[] message = MessageOf(Characters[i]);
            yield return new(
                $"6.{ValidInFragments + i}", "5.6", $"`{Characters[i]}`, a fragment for each byte", Messages.ByteFragments(message),
                Echo(Characters[i]));
        }

        byte[] mixed = MessageOf(Characters[^1]);
        yield return new("6.58", "5.6", "characters of 2, 3 and 4 bytes, byte by byte", Chopped(Frame(Text, mixed)), Echo(Characters[^1]));
        yield return new("6.59", "5.6", "characters of 2, 3 and 4 bytes, in two fragments cut at every byte", [.. CutEverywhere(mixed)]);
    }

    private static IEnumerable<ConformanceCase> Bad()
    {
        for (int i = 0; i < Faults.Length; i++)
        {
            (string kind, string bytes) = Faults[i];
            yield return new($"6.{Invalid + i}", "8.1", $"{kind}: `{bytes}`", Frame(Text, MessageOf(bytes)), Refused);
        }

        for (int i = 0; i < Faults.Length; i++)
        {
            // The fault is known before the message is complete.
            (string kind, string bytes) = Faults[i];
            byte[] begun = MessageOf(bytes)[..^2];
            byte[] fragments =
                [.. begun.SelectMany((value, position) => Frame(position == 0 ? Text : Continuation, [value], final: false))];
            yield return new(
                $"6.{InvalidInFragments + i}", "8.1", $"{kind}: `{bytes}`, a fragment for each byte, without an end", fragments, Refused);
        }
    }

    private static IEnumerable<ConformanceCase> CutOff() =>
    [
        new("6.141", "8.1", "a message that ends inside a character: `C3`", Frame(Text, [0xC3]), Refused),
        new("6.142", "8.1", "a message that ends inside a character: `E2 82`", Frame(Text, [0x61, 0xE2, 0x82]), Refused),
        new("6.143", "8.1", "a message that ends inside a character: `F0 90 8C`", Frame(Text, [0x61, 0xF0, 0x90, 0x8C]), Refused),
        new("6.144", "8.1", "a message that ends inside a character, byte by byte", Chopped(Frame(Text, [0x61, 0xE2, 0x82])), Refused),
        new("6.145", "8.1", "a fragmented message that ends inside a character", Messages.Fragments([0x61, 0xE2], [0x82]), Refused),
        new("6.146", "8.1", "a fragmented message that ends inside a character, an empty fragment last",
            Messages.Fragments([0x61, 0xE2, 0x82], []), Refused),
        new("6.147", "8.1", "a fragmented message that ends inside a character, byte by byte",
            Chopped(Messages.Fragments([0x61, 0xE2, 0x82], [])), Refused),
        new("6.148", "8.1", "a message that ends inside a character, the rest in the next",
            (byte[])[.. Frame(Text, [0xE2, 0x82]), .. Frame(Text, [0xAC])], Refused),
        new("6.149", "8.1", "a message that ends inside a character behind a good one", Frame(Text, Messages.Ping()), "pong x",
            Frame(Text, [0xE2]), Refused),
    ];

    private static IEnumerable<ConformanceCase> Early() =>
    [
        new("6.161", "8.1", "`FF` in a frame whose rest does not come", Begun(0xFF), Refused),
        new("6.162", "8.1", "`C3 28` in a frame whose rest does not come", Begun(0xC3, 0x28), Refused),
        new("6.163", "8.1", "`ED A0` in a frame whose rest does not come", Begun(0xED, 0xA0), Refused),
        new("6.164", "8.1", "`F4 90` in a frame whose rest does not come", Begun(0xF4, 0x90), Refused),
        new("6.165", "8.1", "`FF` 64 KiB into a frame whose rest does not come", Begun([.. new byte[65536], 0xFF]), Refused),
        new("6.166", "8.1", "`FF` in a frame whose rest does not come, byte by byte", Chopped(Begun(0xFF)), Refused),
        new("6.171", "8.1", "`C0` in a fragment whose rest does not come", Frame(Text, Bytes("C0"), final: false), Refused),
        new("6.172", "8.1", "`E0`, then `80`, in fragments whose rest does not come",
            (byte[])[.. Frame(Text, Bytes("E0"), final: false), .. Frame(Continuation, Bytes("80"), final: false)], Refused),
        new("6.173", "8.1", "`F0`, a ping, then `80`, in fragments whose rest does not come",
            Frame(Text, Bytes("F0"), final: false), Frame(Ping, "?"u8), Answers.Pong("?"),
            Frame(Continuation, Bytes("80"), final: false), Refused),
        new("6.174", "8.1", "`F5` in a fragment whose rest does not come", Frame(Text, Bytes("F5"), final: false), Refused),
        new("6.175", "8.1", "`FF`, then a good message, in one piece",
            (byte[])[.. Frame(Text, Bytes("FF")), .. Frame(Text, Messages.Ping())], Refused),
        new("6.176", "8.1", "a binary message that is not UTF-8", Frame(Binary, Bytes("FF")), "close 1003"),
        new("6.177", "5.2", "a message with a reserved bit that is not UTF-8", Frame(Text, Bytes("FF"), reserved: 4), "close 1002"),
    ];

    private static byte[] Begun(params byte[] payload) => Frame(Text, payload, announced: 100_000);

    private static byte[] MessageOf(string hex) => Messages.PingOf(Bytes(hex));

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static string Echo(string hex) => Answers.Message(Encoding.UTF8.GetString(Bytes(hex)));

    private static IEnumerable<Step> CutEverywhere(byte[] message)
    {
        for (int cut = 0; cut <= message.Length; cut++)
        {
            yield return Messages.Fragments(message[..cut], message[cut..]);
            yield return Echo(Characters[^1]);
        }
    }
}
