using static MessageQueue.Tests.Conformance.Step;
using static MessageQueue.Tests.Infrastructure.RawWebSocket;

namespace MessageQueue.Tests.Conformance;

/// <summary>Section 3: pings and pongs of the WebSocket protocol.</summary>
internal static class PingCases
{
    private static readonly string Longest = new('p', 125);

    private static readonly byte[] Message = Messages.Ping();

    public static IEnumerable<ConformanceCase> All =>
    [
        new("3.1", "5.5.2", "a ping without payload", Frame(Ping, []), Answers.Pong("")),
        new("3.2", "5.5.2", "a ping with a payload", Frame(Ping, "hello"u8), Answers.Pong("hello")),
        new("3.3", "5.5.2", "a ping with a payload of zeros", Frame(Ping, new byte[8]), Answers.Pong(new string('\0', 8))),
        new("3.4", "5.5", "a ping of 125 bytes", Frame(Ping, Bytes(125)), Answers.Pong(Longest)),
        new("3.5", "5.5", "a ping of 125 bytes, byte by byte", Chopped(Frame(Ping, Bytes(125))), Answers.Pong(Longest)),
        new("3.6", "5.5", "a ping of 126 bytes", Frame(Ping, Bytes(126)), "close 1002"),
        new("3.7", "5.5", "a ping of 65536 bytes", Frame(Ping, Bytes(65536)), "close 1002"),
        new("3.8", "5.5", "a ping of 2^63 − 1 bytes, announced only", Frame(Ping, [], announced: long.MaxValue), "close 1002"),
        new("3.9", "5.5", "a ping that is not final", Frame(Ping, "hello"u8, final: false), "close 1002"),
        new("3.10", "5.5", "a ping that is not final, with its continuation",
            (byte[])[.. Frame(Ping, "hel"u8, final: false), .. Frame(Continuation, "lo"u8)], "close 1002"),
        new("3.11", "5.5.3", "a pong that nobody asked for", Frame(Pong, []), Frame(Text, Message), "pong x"),
        new("3.12", "5.5.3", "a pong with a payload that nobody asked for", Frame(Pong, "hello"u8), Frame(Text, Message), "pong x"),
        new("3.13", "5.5", "a pong of 125 bytes", Frame(Pong, Bytes(125)), Frame(Text, Message), "pong x"),
        new("3.14", "5.5", "a pong of 126 bytes", Frame(Pong, Bytes(126)), "close 1002"),
        new("3.15", "5.5", "a pong that is not final", Frame(Pong, [], final: false), "close 1002"),
        new("3.16", "5.5.3", "a pong, then a ping", (byte[])[.. Frame(Pong, "one"u8), .. Frame(Ping, "two"u8)], Answers.Pong("two")),
        new("3.17", "5.5.2", "1000 pings in one piece", [Pings(1000), .. Pongs(1000)]),
        new("3.18", "5.5.2", "10 pings, byte by byte", [Chopped(Pings(10)), .. Pongs(10)]),
        new("3.19", "5.5.2", "a ping and a message in one piece", (byte[])[.. Frame(Ping, "hello"u8), .. Frame(Text, Message)],
            Answers.Pong("hello"), "pong x"),
        new("3.20", "5.5.2", "a ping with a payload that is not UTF-8", Frame(Ping, [0xFF]), Answers.Pong("\uFFFD")),
    ];

    private static byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        bytes.AsSpan().Fill((byte)'p');
        return bytes;
    }

    private static byte[] Pings(int count) => [.. Enumerable.Range(0, count).SelectMany(i => Frame(Ping, [(byte)('a' + i % 26)]))];

    private static IEnumerable<Step> Pongs(int count) =>
        Enumerable.Range(0, count).Select(i => (Step)Answers.Pong($"{(char)('a' + i % 26)}"));
}
