using System.Buffers;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using MessageQueue.Protocol;
using MessageQueue.SocketIO.Packets;
using MessageQueue.Tests.Protocol;

namespace MessageQueue.Tests.SocketIO.Packets;

[Parallelizable(ParallelScope.All)]
internal sealed class PacketPropertyTests
{
    private static readonly string[] Seeds =
    [
        """2/chat,12["say",{"a":[1,"\u00e9"]},"x"]""",
        """52-/chat,3["say",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""",
        """3/a,7[1,"2"]""",
        """0{"session":"alice","pid":"a.b.c"}""",
    ];

    private static readonly Gen<byte[]> Mutated =
        from seed in Gen.Elements(Seeds)
        from at in Gen.Choose(0, 100).ListOf(3)
        from value in Gen.OneOf(Gen.Choose(0, 127), Gen.Elements("\"\\{}[]:,-/0".Select(value => (int)value).ToArray())).ListOf(3)
        from cut in Gen.Choose(0, 100)
        select Mutate(seed, [.. at], [.. value], cut);

    [Test]
    public void No_text_makes_the_reader_throw_and_what_it_reads_is_JSON() => ProtocolGenerators.Check(Mutated, text =>
    {
        if (!Packet.TryRead(text, 10, out Packet packet))
        {
            return;
        }

        if (Payload.TryReadEvent(packet.Payload, new NameBuffer(), out _, out ArgumentList arguments)
            || Payload.TryReadArguments(packet.Payload, out arguments))
        {
            using JsonDocument array = JsonDocument.Parse($"[{Encoding.UTF8.GetString(arguments.Text.Span)}]");
            array.RootElement.GetArrayLength().Should().Be(arguments.Count);
        }

        ArrayBufferWriter<byte> output = new();
        if (BinaryPlaceholders.TryFill(packet.Payload.Span, [[1], [2]], output))
        {
            JsonDocument.Parse(output.WrittenMemory).Dispose();
        }
    });

    [Test]
    public void An_event_that_is_written_is_read_again() => ProtocolGenerators.Check(ProtocolGenerators.Name, name =>
    {
        ArrayBufferWriter<byte> output = new();
        PacketWriter.WriteHead(output, PacketType.Event, "/chat"u8, 5);
        PacketWriter.WriteEvent(output, Encoding.UTF8.GetBytes(name));
        output.Write(",1]"u8);

        Packet.TryRead(output.WrittenMemory[1..], 10, out Packet packet).Should().BeTrue();
        Payload.TryReadEvent(packet.Payload, new NameBuffer(), out ReadOnlyMemory<byte> read, out ArgumentList arguments).Should().BeTrue();
        Encoding.UTF8.GetString(read.Span).Should().Be(name);
        arguments.Count.Should().Be(1);
    });

    private static byte[] Mutate(string seed, int[] at, int[] values, int cut)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(seed);
        for (int i = 0; i < at.Length; i++)
        {
            bytes[at[i] % bytes.Length] = (byte)values[i];
        }

        return bytes[..Math.Min(bytes.Length, cut + (bytes.Length / 2))];
    }
}
