using System.Text;
using MessageQueue.Protocol;
using MessageQueue.SocketIO.Packets;

namespace MessageQueue.Tests.SocketIO.Packets;

[Parallelizable(ParallelScope.All)]
internal sealed class PayloadTests
{
    [TestCase("""["a"]""", "a", 0, "")]
    [TestCase(""" [ "a" ] """, "a", 0, "")]
    [TestCase("""["a",1]""", "a", 1, "1")]
    [TestCase("""["a" , { "b" : [ ] } ]""", "a", 1, """{ "b" : [ ] }""")]
    [TestCase("""["a",1,"2",{"3":[true]}]""", "a", 3, """1,"2",{"3":[true]}""")]
    [TestCase("""["\u0061\"",null]""", "a\"", 1, "null")]
    [TestCase("""["ü",[]]""", "ü", 1, "[]")]
    [TestCase("""[12,3]""", "12", 1, "3")]
    [TestCase("""["connects"]""", "connects", 0, "")]
    public void An_event_is_read_without_encoding_it_again(string payload, string name, int count, string arguments)
    {
        Read(payload, out ReadOnlyMemory<byte> readName, out ArgumentList read).Should().BeTrue();

        Text(readName).Should().Be(name);
        read.Count.Should().Be(count);
        Text(read.Text).Should().Be(arguments);
    }

    [TestCase("")]
    [TestCase("{}")]
    [TestCase("\"a\"")]
    [TestCase("[]")]
    [TestCase("[null]")]
    [TestCase("[[\"a\"]]")]
    [TestCase("[\"a\"")]
    [TestCase("[\"a\",]")]
    [TestCase("[\"a\"]]")]
    [TestCase("[\"a\"] 1")]
    [TestCase("[\"a\",01]")]
    [TestCase("abc[\"a\"]")]
    [TestCase("[\"\\ud800\"]")]
    public void What_is_no_array_with_a_name_first_is_not_read(string payload) => Read(payload, out _, out _).Should().BeFalse();

    [TestCase("connect")]
    [TestCase("connect_error")]
    [TestCase("disconnect")]
    [TestCase("disconnecting")]
    [TestCase("newListener")]
    [TestCase("removeListener")]
    [TestCase("\\u0063onnect")]
    public void A_reserved_name_is_not_read(string name) => Read($"[\"{name}\"]", out _, out _).Should().BeFalse();

    [Test]
    public void A_payload_nests_63_levels()
    {
        Read(Nested(63), out _, out _).Should().BeTrue();
        Read(Nested(64), out _, out _).Should().BeFalse();

        static string Nested(int levels) => $"[\"a\",{new string('[', levels - 1)}{new string(']', levels)}";
    }

    [TestCase("", 0, "")]
    [TestCase("[]", 0, "")]
    [TestCase("[1]", 1, "1")]
    [TestCase("[ 1 , \"2\" ]", 2, "1 , \"2\"")]
    public void The_arguments_of_an_answer_are_read(string payload, int count, string arguments)
    {
        Payload.TryReadArguments(Encoding.UTF8.GetBytes(payload), out ArgumentList read).Should().BeTrue();

        (read.Count, Text(read.Text)).Should().Be((count, arguments));
    }

    [TestCase("{}")]
    [TestCase("1")]
    [TestCase("[1")]
    [TestCase("abc")]
    public void An_answer_without_an_array_is_not_read(string payload) =>
        Payload.TryReadArguments(Encoding.UTF8.GetBytes(payload), out _).Should().BeFalse();

    private static bool Read(string payload, out ReadOnlyMemory<byte> name, out ArgumentList arguments) =>
        Payload.TryReadEvent(Encoding.UTF8.GetBytes(payload), new NameBuffer(), out name, out arguments);

    private static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);
}
