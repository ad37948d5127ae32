using System.Text;
using MessageQueue.Protocol;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Transport;
using static MessageQueue.Tests.Infrastructure.RawWebSocket;

namespace MessageQueue.Tests.Transport;

/// <summary>What a client may not do, and the close code that it gets.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ProtocolErrorTests
{
    private const int Limit = 1000;

    private static readonly byte[] NotUtf8 = [0x61, 0xC3, 0x28];

    private static readonly ConnectionLimits Limits = TransportServer.DefaultLimits with { MaxMessageBytes = Limit };

    private static TestCaseData[] Errors =>
    [
        Case("a binary message", Frame(Binary, "x"u8), CloseCode.UnsupportedData),
        Case("an empty binary message", Frame(Binary, []), CloseCode.UnsupportedData),
        Case("text that is not UTF-8", Frame(Text, NotUtf8), CloseCode.InvalidUtf8),
        Case("a character cut off by the end", Frame(Text, "€"u8[..2]), CloseCode.InvalidUtf8),
        Case("a frame without a mask", Frame(Text, "hello"u8, masked: false), CloseCode.ProtocolError),
        Case("an empty frame without a mask", Frame(Text, [], masked: false), CloseCode.ProtocolError),
        Case("a ping without a mask", Frame(Ping, [], masked: false), CloseCode.ProtocolError),
        Case("reserved bit 1", Frame(Text, "x"u8, reserved: 4), CloseCode.ProtocolError),
        Case("reserved bit 2", Frame(Text, "x"u8, reserved: 2), CloseCode.ProtocolError),
        Case("reserved bit 3", Frame(Text, "x"u8, reserved: 1), CloseCode.ProtocolError),
        Case("opcode 3", Frame(3, "x"u8), CloseCode.ProtocolError),
        Case("opcode 15", Frame(15, "x"u8), CloseCode.ProtocolError),
        Case("a continuation of nothing", Frame(Continuation, "x"u8), CloseCode.ProtocolError),
        Case("a text inside a fragmented one", [.. Frame(Text, "x"u8, final: false), .. Frame(Text, "x"u8)], CloseCode.ProtocolError),
        Case("a fragmented ping", Frame(Ping, "x"u8, final: false), CloseCode.ProtocolError),
        Case("a ping of 126 bytes", Frame(Ping, new byte[126]), CloseCode.ProtocolError),
        Case("a length with the highest bit set", Frame(Text, [], announced: ulong.MaxValue), CloseCode.ProtocolError),
        Case("a close code that must not be sent", CloseFrame(1005), CloseCode.ProtocolError),
        Case("a close frame with half a code", Frame(Close, [3]), CloseCode.ProtocolError),
        Case("a gigabyte, announced", Frame(Text, [], announced: 1 << 30), CloseCode.TooBig),
        Case("one byte over the limit, announced", Frame(Text, [], announced: Limit + 1), CloseCode.TooBig),
        Case("one byte over the limit, sent", Frame(Text, new byte[Limit + 1]), CloseCode.TooBig),
        Case(
            "fragments over the limit",
            [.. Frame(Text, new byte[600], final: false), .. Frame(Ping, []), .. Frame(Continuation, [], announced: 401)],
            CloseCode.TooBig),
    ];

    [TestCaseSource(nameof(Errors))]
    public async Task A_client_that_breaks_the_rules_gets_the_close_code(byte[] bytes, int code)
    {
        await using TransportServer server = await TransportServer.StartAsync(Limits);
        await using RawWebSocket client = await ConnectAsync(server.Url);

        // In one piece with a good message before it, which must still be handled.
        await client.SendAsync((byte[])[.. TextFrame("before"), .. bytes]);

        RawFrame close = await client.ReadCloseAsync();
        close.CloseCode.Should().Be(code);
        await client.SendAsync(CloseFrame(code));
        (await client.ReadAsync()).Should().BeNull("nothing follows a close frame");
        client.WasReset.Should().BeFalse();
        AcceptedConnection accepted = await server.AcceptedAsync();
        await accepted.Ended.OrTimeout();
        accepted.Handler.ClosedCalls.Should().Be(1);
        (await accepted.Handler.NextTextAsync()).Should().Be("before");
        accepted.Handler.MessagesWaiting.Should().Be(0);
    }

    [Test]
    public async Task A_message_of_exactly_the_limit_is_accepted_whole_or_in_fragments()
    {
        await using TransportServer server = await TransportServer.StartAsync(Limits, TransportServer.Echo);
        await using RawWebSocket client = await ConnectAsync(server.Url);
        byte[] message = Encoding.ASCII.GetBytes(new string('x', Limit));

        await client.SendAsync(Frame(Text, message));
        (await client.ReadAsync())!.Payload.Should().Equal(message);

        await client.SendAsync((byte[])
            [.. Frame(Text, message.AsSpan(0, 1), final: false), .. Frame(Continuation, message.AsSpan(1), final: false),
                .. Frame(Continuation, [])]);
        (await client.ReadAsync())!.Payload.Should().Equal(message);
    }

    private static TestCaseData Case(string name, byte[] bytes, int code) =>
        new TestCaseData(bytes, code).SetName($"{name} is answered with {code}");
}
