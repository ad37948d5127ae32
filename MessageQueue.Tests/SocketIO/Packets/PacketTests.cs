using System.Text;
using MessageQueue.SocketIO.Packets;

namespace MessageQueue.Tests.SocketIO.Packets;

[Parallelizable(ParallelScope.All)]
internal sealed class PacketTests
{
    private const int MaxAttachments = 10;

    [TestCase("0", PacketType.Connect, "", null, 0, "")]
    [TestCase("0{\"token\":1}", PacketType.Connect, "", null, 0, "{\"token\":1}")]
    [TestCase("0/custom", PacketType.Connect, "/custom", null, 0, "")]
    [TestCase("0/custom,", PacketType.Connect, "/custom", null, 0, "")]
    [TestCase("0/custom,{}", PacketType.Connect, "/custom", null, 0, "{}")]
    [TestCase("1", PacketType.Disconnect, "", null, 0, "")]
    [TestCase("1/a/b,", PacketType.Disconnect, "/a/b", null, 0, "")]
    [TestCase("2[\"a\"]", PacketType.Event, "", null, 0, "[\"a\"]")]
    [TestCase("2/,[\"a\"]", PacketType.Event, "", null, 0, "[\"a\"]")]
    [TestCase("20[\"a\"]", PacketType.Event, "", 0L, 0, "[\"a\"]")]
    [TestCase("2/c,456[\"a\"]", PacketType.Event, "/c", 456L, 0, "[\"a\"]")]
    [TestCase("3/c,9007199254740991[]", PacketType.Ack, "/c", 9007199254740991L, 0, "[]")]
    [TestCase("4{\"message\":\"x\"}", PacketType.ConnectError, "", null, 0, "{\"message\":\"x\"}")]
    [TestCase("52-[\"a\"]", PacketType.BinaryEvent, "", null, 2, "[\"a\"]")]
    [TestCase("510-/c,7[\"a\"]", PacketType.BinaryEvent, "/c", 7L, 10, "[\"a\"]")]
    [TestCase("60-7[]", PacketType.BinaryAck, "", 7L, 0, "[]")]
    public void A_packet_is_read(string text, PacketType type, string ns, long? id, int attachments, string payload)
    {
        Packet.TryRead(Encoding.UTF8.GetBytes(text), MaxAttachments, out Packet packet).Should().BeTrue();

        packet.Type.Should().Be(type);
        Text(packet.Namespace).Should().Be(ns);
        packet.Id.Should().Be(id);
        packet.Attachments.Should().Be(attachments);
        Text(packet.Payload).Should().Be(payload);
    }

    [TestCase("", TestName = "Nothing_is_no_packet")]
    [TestCase("abc", TestName = "A_letter_is_no_type")]
    [TestCase("7[\"a\"]", TestName = "A_type_above_6_is_unknown")]
    [TestCase("5[\"a\"]", TestName = "A_binary_packet_needs_a_number_of_attachments")]
    [TestCase("51[\"a\"]", TestName = "A_number_of_attachments_ends_with_a_hyphen")]
    [TestCase("5-[\"a\"]", TestName = "A_number_of_attachments_has_digits")]
    [TestCase("511-[\"a\"]", TestName = "There_are_not_more_attachments_than_the_limit")]
    [TestCase("599999999999999999999-[\"a\"]", TestName = "A_number_of_attachments_fits_a_long")]
    [TestCase("5-1-[\"a\"]", TestName = "A_number_of_attachments_is_not_negative")]
    [TestCase("51", TestName = "A_binary_packet_does_not_end_in_its_number_of_attachments")]
    [TestCase("29007199254740992[\"a\"]", TestName = "An_id_is_a_safe_integer")]
    [TestCase("299999999999999999999999[\"a\"]", TestName = "An_id_fits_a_long")]
    public void What_is_no_packet_is_not_read(string text) =>
        Packet.TryRead(Encoding.UTF8.GetBytes(text), MaxAttachments, out _).Should().BeFalse();

    private static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);
}
