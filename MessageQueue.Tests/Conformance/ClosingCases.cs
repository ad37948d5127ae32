using System.Text;
using MessageQueue.Tests.EndToEnd;
using static MessageQueue.Tests.Conformance.Step;
using static MessageQueue.Tests.Infrastructure.RawWebSocket;

namespace MessageQueue.Tests.Conformance;

/// <summary>Section 7: close frames and ends without one.</summary>
internal static class ClosingCases
{
    private const string Refused = "close 1002";
    private const string Answered = "close 1000";
    private const string TakenOver = "close 4001";

    private static readonly byte[] Message = Messages.Ping();

    public static IEnumerable<ConformanceCase> All => [.. Codes(), .. Payloads(), .. Order(), .. Ends()];

    private static IEnumerable<ConformanceCase> Codes()
    {
        int[] good = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
        for (int i = 0; i < good.Length; i++)
        {
            yield return new($"7.{i + 1}", "7.4", $"a close with {good[i]}", Bye(CloseFrame(good[i])), Answered);
        }

        int[] bad = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535];
        for (int i = 0; i < bad.Length; i++)
        {
            yield return new($"7.{i + 21}", "7.4", $"a close with {bad[i]}", Bye(CloseFrame(bad[i])), Refused);
        }

        for (int code = 1012; code <= 1014; code++)
        {
            yield return new($"7.{code - 1012 + 41}", "7.4.2", $"a close with {code}, registered since", Bye(CloseFrame(code)), Answered);
        }
    }

    private static IEnumerable<ConformanceCase> Payloads() =>
    [
        new("7.51", "5.5.1", "a close without a code", Bye(Frame(Close, [])), Answered),
        new("7.52", "5.5.1", "a close of 1 byte", Bye(Frame(Close, [3])), Refused),
        new("7.53", "5.5.1", "a close with a reason", Bye(WithReason("good bye"u8)), Answered),
        new("7.54", "5.5.1", "a close with a reason of 123 bytes",
            Bye(WithReason(Encoding.ASCII.GetBytes(new string('r', 123)))), Answered),
        new("7.55", "5.5", "a close with a reason of 124 bytes", Bye(WithReason(Encoding.ASCII.GetBytes(new string('r', 124)))), Refused),
        new("7.56", "5.5.1", "a close with a reason in all lengths of UTF-8", Bye(WithReason("aé€😀"u8)), Answered),
        new("7.57", "5.5.1", "a close with a reason that is not UTF-8", Bye(WithReason([0x61, 0xC3, 0x28])), "close 1007"),
        new("7.58", "5.5.1", "a close with a reason that ends inside a character", Bye(WithReason([0x61, 0xE2, 0x82])), "close 1007"),
        new("7.59", "5.5.1", "a close with a reason that has half a surrogate pair", Bye(WithReason([0xED, 0xA0, 0x80])), "close 1007"),
        new("7.60", "5.5", "a close that is not final", Bye(Frame(Close, [3, 0xE8], final: false)), Refused),
        new("7.61", "5.5.1", "a close with a reason, byte by byte",
            Do(peer => SayByeAsync(peer, Chopped(WithReason("good bye"u8)))), Answered),
    ];

    private static IEnumerable<ConformanceCase> Order() =>
    [
        new("7.71", "5.5.1", "a message behind the close", Bye(CloseFrame(1000), Frame(Text, Emit)), Answered),
        new("7.72", "5.5.1", "a ping behind the close", Bye(CloseFrame(1000), Frame(Ping, [])), Answered),
        new("7.73", "5.5.1", "a second close", Bye(CloseFrame(1000), CloseFrame(1001)), Answered),
        new("7.74", "5.5.1", "a broken frame behind the close",
            Bye(CloseFrame(1000), Frame(3, "hello"u8, masked: false, reserved: 7)), Answered),
        new("7.75", "5.5.1", "128 KiB behind the close", Bye(CloseFrame(1000), Frame(Text, new byte[128 * 1024])), Answered),
        new("7.76", "7.1.2", "the server closes, the client answers", Do(TakeOverAsync), TakenOver, Bye(CloseFrame(4001))),
        new("7.77", "7.1.2", "the server closes, the client answers with another code", Do(TakeOverAsync), TakenOver,
            Bye(CloseFrame(1000))),
        new("7.78", "5.5.1", "the server closes, the client sends messages and pings before it answers",
            Do(TakeOverAsync), Frame(Text, Emit), Frame(Ping, []), TakenOver, Bye(Frame(Text, Emit), CloseFrame(4001))),
        new("7.79", "7.1.2", "the server closes, the client answers with a close of 1 byte", Do(TakeOverAsync), TakenOver,
            Bye(Frame(Close, [3]))),
        new("7.80", "7.1.2", "both close at the same time",
            Do(peer => Task.WhenAll(TakeOverAsync(peer), SayByeAsync(peer, CloseFrame(1000)))), Either(Answered, TakenOver)),
        new("7.81", "7.1.7", "the server closes, the client sends a broken frame and then answers",
            Do(TakeOverAsync), TakenOver, Bye(Frame(3, [], reserved: 7), CloseFrame(4001))),
    ];

    private static IEnumerable<ConformanceCase> Ends() =>
    [
        new("7.91", "7.1.5", "the end of the stream without a close", End, Answers.End),
        new("7.92", "7.1.5", "the end of the stream inside a header", Frame(Text, Message)[..1], End, Answers.End),
        new("7.93", "7.1.5", "the end of the stream inside a mask", Frame(Text, Message)[..4], End, Answers.End),
        new("7.94", "7.1.5", "the end of the stream inside a message", Frame(Text, Message)[..^1], End, Answers.End),
        new("7.95", "7.1.5", "the end of the stream between two fragments", Frame(Text, Message, final: false), End, Answers.End),
        new("7.96", "7.1.5", "the end of the stream inside a close", Frame(Close, [3, 0xE8])[..^1], End, Answers.End),
        new("7.97", "7.1.1", "the end of the stream behind the close", Bye(CloseFrame(1000)), End, Either(Answered, Answers.End)),
        new("7.98", "7.1.5", "the server closes, the client ends the stream without an answer", Do(TakeOverAsync), TakenOver, Silent, End),
    ];

    private static byte[] Emit => """{"type":"emit","event":"late","to":"lobby"}"""u8.ToArray();

    private static Step End => Do(peer =>
    {
        peer.Socket.ShutdownSend();
        return Task.CompletedTask;
    });

    private static Step Silent => Do(peer =>
    {
        peer.SentClose = true;
        return Task.CompletedTask;
    });

    private static byte[] WithReason(ReadOnlySpan<byte> reason) => Frame(Close, [3, 0xE8, .. reason]);

    private static Task SayByeAsync(Peer peer, Step step)
    {
        peer.SentClose = true;
        return step.RunAsync(peer);
    }

    /// <summary>Takes the session over with another connection, so that the server closes this one.</summary>
    private static async Task TakeOverAsync(Peer peer)
    {
        await using EventClient taker = await peer.Server.ConnectAsync(Peer.Query);
        taker.Welcome.GetProperty("resumed").GetBoolean().Should().BeTrue();
    }
}
