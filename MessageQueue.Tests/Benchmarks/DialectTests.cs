using System.Text;
using MessageQueue.Benchmarks.Generator;
using MessageQueue.Benchmarks.Peers;

namespace MessageQueue.Tests.Benchmarks;

/// <summary>The generator counts what each kind of server says, and notices when it reports an error.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class DialectTests
{
    private static IEnumerable<TestCaseData> Streams()
    {
        yield return Case(new JsonDialect(), """{"type":"ack","id":7}""", acknowledged: 1, events: 0);
        yield return Case(new JsonDialect(), """{"type":"event","id":7,"event":"e","data":1}""", acknowledged: 0, events: 1);
        yield return Case(new JsonDialect(), """{"type":"pong"}""", acknowledged: 0, events: 0);
        yield return Case(new RelayDialect(), "a", acknowledged: 1, events: 0);
        yield return Case(new RelayDialect(), """{"event":"e"}""", acknowledged: 0, events: 1);
        yield return Case(new SocketIODialect(), "431[]", acknowledged: 1, events: 0);
        yield return Case(new SocketIODialect(), "42[\"e\",\"x\"]", acknowledged: 0, events: 1);
        yield return Case(
            new SignalRDialect(), "{\"type\":1,\"target\":\"e\"}\x1e{\"type\":6}\x1e{\"type\":3,\"invocationId\":\"1\"}\x1e",
            acknowledged: 1, events: 1);
        yield return Case(
            new NatsDialect(), "MSG inbox.p 1 25\r\n{\"stream\":\"S\", \"seq\":123}\r\n+OK\r\nMSG deliver.r 2 $JS.ACK.S 2\r\nx\n\r\n",
            acknowledged: 1, events: 1);
        yield return Case(new MqttDialect(), "\x40\x02\x00\x01\x30\x05\x00\x01rxx", acknowledged: 1, events: 1);
    }

    [TestCaseSource(nameof(Streams))]
    public void Counts_acknowledgements_and_events(object dialect, string stream, int acknowledged, int events)
    {
        Tally tally = default;
        int read = ((IMessageReader)dialect).Read(Encoding.Latin1.GetBytes(stream), ref tally);

        read.Should().Be(stream.Length);
        tally.Acknowledged.Should().Be(acknowledged);
        tally.Events.Should().Be(events);
    }

    [TestCaseSource(nameof(Cut))]
    public void Leaves_the_beginning_of_a_message_for_the_next_read(object dialect, string stream)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(stream);
        for (int cut = 0; cut < bytes.Length; cut++)
        {
            Tally tally = default;
            int read = ((IMessageReader)dialect).Read(bytes.AsSpan(0, cut), ref tally);
            ((IMessageReader)dialect).Read(bytes.AsSpan(read), ref tally);

            (tally.Acknowledged + tally.Events).Should().Be(2, "cut at {0}", cut);
        }
    }

    [Test]
    public void Answers_heartbeats()
    {
        ReplyOf(new SocketIODialect(), "2").Should().Equal(ClientFrame.Text("3"));
        ReplyOf(new NatsDialect(), "PING\r\n").Should().Equal(ClientFrame.Binary("PONG\r\n"u8));
    }

    [Test]
    public void An_error_ends_the_run()
    {
        ((Action)(() => ReplyOf(new JsonDialect(), """{"type":"error","code":"rate_limited"}""")))
            .Should().Throw<PeerException>().WithMessage("*rate_limited*");
        ((Action)(() => ReplyOf(new NatsDialect(), "MSG inbox.p 1 15\r\n{\"error\":\"full\"}\r\n")))
            .Should().Throw<PeerException>().WithMessage("*full*");
        ((Action)(() => ReplyOf(new NatsDialect(), "-ERR 'Slow Consumer'\r\n"))).Should().Throw<PeerException>().WithMessage("*Slow*");
        ((Action)(() => ReplyOf(new SignalRDialect(), "{\"type\":7,\"error\":\"gone\"}\x1e")))
            .Should().Throw<PeerException>().WithMessage("*gone*");
        ((Action)(() => ReplyOf(new SocketIODialect(), "41"))).Should().Throw<PeerException>();
    }

    private static IEnumerable<TestCaseData> Cut() => Streams()
        .Where(stream => stream.Arguments[0] is SignalRDialect or NatsDialect or MqttDialect)
        .Select(stream => new TestCaseData(stream.Arguments[..2]).SetArgDisplayNames(stream.Arguments[0]!.GetType().Name));

    private static TestCaseData Case(Dialect dialect, string stream, int acknowledged, int events) =>
        new TestCaseData(dialect, stream, acknowledged, events).SetArgDisplayNames($"{dialect.GetType().Name}, {acknowledged}, {events}");

    private static byte[]? ReplyOf(Dialect dialect, string stream)
    {
        Tally tally = default;
        dialect.Read(Encoding.Latin1.GetBytes(stream), ref tally);
        return tally.Reply;
    }
}
