using System.Buffers;
using System.Text;
using MessageQueue.SocketIO.Packets;

namespace MessageQueue.Tests.SocketIO.Packets;

/// <summary>Attachments and bytes in JSON turn into each other.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class BinaryPacketTests
{
    private static readonly byte[] One = [1, 2, 3];
    private static readonly byte[] Two = [4, 5, 6, 7];

    [TestCase(
        """["a",{"_placeholder":true,"num":0}]""",
        """["a",{"$binary":"AQID"}]""")]
    [TestCase(
        """["a", {"x":[{"num":0,"_placeholder":true}]} ,1]""",
        """["a", {"x":[{"$binary":"AQID"}]} ,1]""")]
    [TestCase(
        """["a",{"\u005fplaceholder":true,"n\u0075m":0,"other":[{}]}]""",
        """["a",{"$binary":"AQID"}]""")]
    [TestCase(
        """["a",{"_placeholder":false,"num":7},{"_placeholder":true,"num":0}]""",
        """["a",{"_placeholder":false,"num":7},{"$binary":"AQID"}]""")]
    public void An_attachment_takes_the_place_of_its_placeholder(string payload, string expected) =>
        Fill(payload, One).Should().Be(expected);

    [Test]
    public void Attachments_may_come_in_any_order() =>
        Fill("""["a",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]""", One, Two)
            .Should().Be("""["a",{"$binary":"BAUGBw=="},{"$binary":"AQID"}]""");

    [TestCase("""["a"]""", TestName = "An_attachment_without_a_placeholder_is_refused")]
    [TestCase("""["a",{"_placeholder":true,"num":1}]""", TestName = "A_placeholder_without_an_attachment_is_refused")]
    [TestCase("""["a",{"_placeholder":true,"num":-1}]""", TestName = "A_negative_placeholder_is_refused")]
    [TestCase("""["a",{"_placeholder":true,"num":0.5}]""", TestName = "A_broken_number_is_refused")]
    [TestCase("""["a",{"_placeholder":true,"num":"0"}]""", TestName = "A_number_as_text_is_refused")]
    [TestCase("""["a",{"_placeholder":true}]""", TestName = "A_placeholder_without_a_number_is_refused")]
    [TestCase(
        """["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]""",
        TestName = "An_attachment_with_two_placeholders_is_refused")]
    [TestCase(
        """["a",{"_placeholder":true,"num":0,"x":{"_placeholder":true,"num":0}}]""",
        TestName = "A_placeholder_in_a_placeholder_is_refused")]
    [TestCase("""["a",{"_placeholder":true,"num":0}""", TestName = "A_payload_that_is_no_JSON_is_refused")]
    [TestCase("""["a",{"\ud800":true,"_placeholder":true,"num":1}]""", TestName = "A_name_that_is_no_Unicode_is_not_fatal")]
    public void A_payload_that_does_not_fit_its_attachments_is_refused(string payload) =>
        BinaryPlaceholders.TryFill(Encoding.UTF8.GetBytes(payload), [One], new ArrayBufferWriter<byte>()).Should().BeFalse();

    [TestCase("""{"$binary":"AQID"}""", """{"_placeholder":true,"num":0}""")]
    [TestCase("""[1,{"x":{"$binary":"AQID"}},"a"]""", """[1,{"x":{"_placeholder":true,"num":0}},"a"]""")]
    [TestCase("""{"$binary" : "\u0041QID" }""", """{"_placeholder":true,"num":0}""")]
    public void Bytes_in_data_become_an_attachment(string data, string expected)
    {
        List<byte[]> attachments = Extract(data, out string json);

        json.Should().Be(expected);
        attachments.Should().ContainSingle().Which.Should().Equal(One);
    }

    [TestCase("""{"$binary":"AQID","more":1}""")]
    [TestCase("""{"more":1,"$binary":"AQID"}""")]
    [TestCase("""{"$binary":1}""")]
    [TestCase("""{"$binary":"?"}""")]
    [TestCase("""{"$binary":["AQID"]}""")]
    [TestCase("""{"$binary":"\ud800"}""")]
    [TestCase("""["$binary"]""")]
    [TestCase("""[{"$binary":"AQID"},{"_placeholder":true,"num":0}]""")]
    [TestCase("""[{"\u005fplaceholder":true,"num":0},{"$binary":"AQID"}]""")]
    public void Data_that_only_looks_like_bytes_stays_as_it_is(string data)
    {
        Extract(data, out string json).Should().BeEmpty();
        json.Should().Be(data);
    }

    [Test]
    public void A_packet_has_no_more_attachments_than_clients_accept()
    {
        string data = $"[{string.Join(',', Enumerable.Repeat("""{"$binary":"AQID"}""", Attachments.Most + 1))}]";

        Extract(data, out string json).Should().HaveCount(Attachments.Most);
        json.Should().EndWith(""",{"$binary":"AQID"}]""");
    }

    [Test]
    public void What_was_taken_out_and_put_back_is_the_same() =>
        Fill("""["a",{"_placeholder":true,"num":0},{"x":{"_placeholder":true,"num":1}}]""", [.. Extract(
            """["a",{"$binary":"AQID"},{"x":{"$binary":"BAUGBw=="}}]""", out _)])
            .Should().Be("""["a",{"$binary":"AQID"},{"x":{"$binary":"BAUGBw=="}}]""");

    private static string Fill(string payload, params byte[][] attachments)
    {
        ArrayBufferWriter<byte> output = new();
        BinaryPlaceholders.TryFill(Encoding.UTF8.GetBytes(payload), attachments, output).Should().BeTrue();
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static List<byte[]> Extract(string data, out string json)
    {
        List<byte[]> attachments = Attachments.Extract(Encoding.UTF8.GetBytes(data), out ReadOnlyMemory<byte> withPlaceholders);
        json = Encoding.UTF8.GetString(withPlaceholders.Span);
        return attachments;
    }
}
