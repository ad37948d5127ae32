using static MessageQueue.Tests.Conformance.Step;
using static MessageQueue.Tests.Infrastructure.RawWebSocket;

namespace MessageQueue.Tests.Conformance;

/// <summary>Section 5: messages in fragments, with control frames in between.</summary>
internal static class FragmentationCases
{
    private const int Limit = ConformanceTests.MaxBytes;
    private const string Refused = "close 1002";

    private static readonly byte[] Whole = Messages.Ping();

    private static readonly byte[] Euro = Messages.Ping("€");

    public static IEnumerable<ConformanceCase> All => [.. Good(), .. Interrupted(), .. Bad(), .. TooLong()];

    private static IEnumerable<ConformanceCase> Good() =>
    [
        new("5.1", "5.4", "two fragments", Messages.Fragments(Whole[..5], Whole[5..]), "pong x"),
        new("5.2", "5.4", "two fragments, byte by byte", Chopped(Messages.Fragments(Whole[..5], Whole[5..])), "pong x"),
        new("5.3", "5.4", "a fragment for each byte", Messages.ByteFragments(Whole), "pong x"),
        new("5.4", "5.4", "a fragment for each byte, byte by byte", Chopped(Messages.ByteFragments(Whole)), "pong x"),
        new("5.5", "5.4", "an empty fragment first", Messages.Fragments([], Whole), "pong x"),
        new("5.6", "5.4", "an empty fragment in the middle", Messages.Fragments(Whole[..5], [], Whole[5..]), "pong x"),
        new("5.7", "5.4", "an empty fragment last", Messages.Fragments(Whole, []), "pong x"),
        new("5.8", "5.4", "1000 empty fragments between two",
            Messages.Fragments([Whole[..5], .. Enumerable.Repeat(Array.Empty<byte>(), 1000), Whole[5..]]), "pong x"),
        new("5.9", "5.4", "three fragments, all empty", Messages.Fragments([], [], []), "error bad_json"),
        new("5.10", "5.4", "two fragments as long as the limit",
            Messages.Fragments(Messages.PingOfLength(Limit - 70_000), Blanks(70_000)), "pong x"),
        new("5.11", "5.4", "fragments of every length class",
            Messages.Fragments(Whole, Blanks(0), Blanks(1), Blanks(125), Blanks(126), Blanks(127), Blanks(65535), Blanks(10),
                Blanks(65000)), "pong x"),
        new("5.12", "5.4", "two fragmented messages in one piece",
            (byte[])[.. Messages.Fragments(Whole[..5], Whole[5..]),
                .. Messages.Fragments(Messages.Ping("y")[..9], Messages.Ping("y")[9..])], "pong x", "pong y"),
        new("5.13", "5.4", "a whole message behind a fragmented one",
            (byte[])[.. Messages.Fragments(Whole[..5], Whole[5..]), .. Frame(Text, Messages.Ping("y"))], "pong x", "pong y"),
    ];

    private static IEnumerable<ConformanceCase> Interrupted() =>
    [
        new("5.21", "5.5", "a ping between two fragments, answered before the second",
            First(5), Frame(Ping, "now"u8), Answers.Pong("now"), Last(5), "pong x"),
        new("5.22", "5.5", "a ping between two fragments, in one piece",
            (byte[])[.. First(5), .. Frame(Ping, "now"u8), .. Last(5)], Answers.Pong("now"), "pong x"),
        new("5.23", "5.5", "a ping between two fragments, byte by byte",
            Chopped([.. First(5), .. Frame(Ping, "now"u8), .. Last(5)]), Answers.Pong("now"), "pong x"),
        new("5.24", "5.5", "pings around every fragment",
            (byte[])[.. Frame(Ping, "1"u8), .. First(5), .. Frame(Ping, "2"u8), .. Frame(Ping, "3"u8),
                .. Frame(Continuation, [], final: false), .. Frame(Ping, "4"u8), .. Last(5)],
            Answers.Pong("1"), Answers.Pong("2"), Answers.Pong("3"), Answers.Pong("4"), "pong x"),
        new("5.25", "5.5", "a pong between two fragments", First(5), Frame(Pong, "?"u8), Last(5), "pong x"),
        new("5.26", "5.5", "a ping inside a character",
            Frame(Text, Euro.AsSpan(0, Euro.Length - 4), final: false), Frame(Ping, "now"u8), Answers.Pong("now"),
            Frame(Continuation, Euro.AsSpan(Euro.Length - 4)), "pong €"),
        new("5.27", "5.5", "a ping of 126 bytes between two fragments", First(5), Frame(Ping, new byte[126]), Refused),
        new("5.28", "5.5.1", "a close between two fragments", First(5), Bye(CloseFrame(1000)), "close 1000"),
        new("5.29", "5.5.1", "a close with a reason inside a character",
            Frame(Text, "€"u8[..2], final: false), Bye(Frame(Close, [3, 0xE8, .. "good bye"u8])), "close 1000"),
    ];

    private static IEnumerable<ConformanceCase> Bad() =>
    [
        new("5.41", "5.4", "a continuation of nothing", Frame(Continuation, Whole), Refused),
        new("5.42", "5.4", "an empty continuation of nothing", Frame(Continuation, []), Refused),
        new("5.43", "5.4", "a continuation of nothing that is not final", Frame(Continuation, Whole, final: false), Refused),
        new("5.44", "5.4", "a continuation of nothing, byte by byte", Chopped(Frame(Continuation, Whole)), Refused),
        new("5.45", "5.4", "a continuation of a message that was whole", Frame(Text, Whole), "pong x", Frame(Continuation, []), Refused),
        new("5.46", "5.4", "a continuation of a fragmented message that was whole", Messages.Fragments(Whole[..5], Whole[5..]), "pong x",
            Frame(Continuation, []), Refused),
        new("5.47", "5.4", "a continuation of a ping", Frame(Ping, []), Answers.Pong(""), Frame(Continuation, []), Refused),
        new("5.48", "5.4", "a message inside a fragmented one", First(5), Frame(Text, Whole), Refused),
        new("5.49", "5.4", "a fragment that begins a message inside a fragmented one", First(5), Frame(Text, Whole, final: false), Refused),
        new("5.50", "5.4", "a binary message inside a fragmented one", First(5), Frame(Binary, Whole), Refused),
        new("5.51", "5.4", "a message inside a fragmented one, behind a ping",
            First(5), Frame(Ping, []), Answers.Pong(""), Frame(Text, Whole), Refused),
    ];

    private static IEnumerable<ConformanceCase> TooLong() =>
    [
        new("5.61", "5.4", "fragments that never end, over the limit",
            Frame(Text, Blanks(Limit), final: false), Frame(Continuation, Blanks(1), final: false), "close 1009"),
        new("5.62", "5.4", "fragments over the limit, announced only",
            Frame(Text, Blanks(Limit - 9), final: false), Frame(Ping, []), Answers.Pong(""),
            Frame(Continuation, [], announced: 10), "close 1009"),
        new("5.63", "5.4", "fragments of 2^63 − 1 bytes each, announced only",
            Frame(Text, Blanks(1), final: false), Frame(Continuation, [], announced: long.MaxValue), "close 1009"),
        new("5.64", "5.4", "a message of the limit behind a fragmented one of the limit",
            Messages.Fragments(Messages.PingOfLength(Limit - 9), Blanks(9)), "pong x", Frame(Text, Messages.PingOfLength(Limit)), "pong x"),
    ];

    private static byte[] First(int length) => Frame(Text, Whole.AsSpan(0, length), final: false);

    private static byte[] Last(int from) => Frame(Continuation, Whole.AsSpan(from));

    private static byte[] Blanks(int count)
    {
        byte[] blanks = new byte[count];
        blanks.AsSpan().Fill((byte)' ');
        return blanks;
    }
}
