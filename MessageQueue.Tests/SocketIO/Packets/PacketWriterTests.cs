using System.Buffers;
using System.Text;
using MessageQueue.SocketIO.Packets;

namespace MessageQueue.Tests.SocketIO.Packets;

[Parallelizable(ParallelScope.All)]
internal sealed class PacketWriterTests
{
    [TestCase(PacketType.Connect, "/", null, 0, "40")]
    [TestCase(PacketType.Connect, "/chat", null, 0, "40/chat,")]
    [TestCase(PacketType.Event, "/", 9223372036854775807L, 0, "429223372036854775807")]
    [TestCase(PacketType.Event, "/chat", 0L, 0, "42/chat,0")]
    [TestCase(PacketType.BinaryEvent, "/chat", 7L, 10, "4510-/chat,7")]
    public void The_head_of_a_packet_is_written(PacketType type, string ns, long? id, int attachments, string expected)
    {
        ArrayBufferWriter<byte> output = new();

        PacketWriter.WriteHead(output, type, Encoding.UTF8.GetBytes(ns), id, attachments);

        Encoding.UTF8.GetString(output.WrittenSpan).Should().Be(expected);
    }

    [TestCase("say", "[\"say\"")]
    [TestCase("a\"b\n", "[\"a\\\"b\\n\"")]
    [TestCase("disconnect", "[\"mq:disconnect\"")]
    public void A_name_is_escaped_and_a_reserved_one_gets_a_prefix(string name, string expected)
    {
        ArrayBufferWriter<byte> output = new();

        PacketWriter.WriteEvent(output, Encoding.UTF8.GetBytes(name));

        Encoding.UTF8.GetString(output.WrittenSpan).Should().Be(expected);
    }

    [TestCase("", false, "")]
    [TestCase("[1,2]", false, "[1,2]")]
    [TestCase("[1,2]", true, "1,2")]
    [TestCase(" [ 1 , 2 ] ", true, "1 , 2")]
    [TestCase("[ ]", true, "")]
    public void Data_becomes_arguments(string data, bool isSeveral, string expected) =>
        Encoding.UTF8.GetString(PacketWriter.Arguments(Encoding.UTF8.GetBytes(data), isSeveral).Span).Should().Be(expected);
}
