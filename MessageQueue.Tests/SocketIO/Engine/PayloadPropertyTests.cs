using System.IO.Pipelines;
using FsCheck;
using FsCheck.Fluent;
using MessageQueue.SocketIO.Engine;
using MessageQueue.Transport;

namespace MessageQueue.Tests.SocketIO.Engine;

/// <summary>Whatever frames are written, the payload that is made of them has the length that was announced and says the same.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class PayloadPropertyTests
{
    private const int Most = 70_000;

    private static readonly Gen<(byte[] Content, bool IsBinary)> Packet =
        from length in Gen.Frequency((5, Gen.Choose(0, 300)), (1, Gen.Choose(0, Most)))
        from seed in Gen.Choose(0, int.MaxValue)
        from isBinary in Gen.Elements(true, false)
        select (Content(length, seed, isBinary), isBinary);

    [Test]
    public void Frames_survive_as_a_payload() =>
        Prop.ForAll(Gen.ArrayOf(Packet).ToArbitrary(), packets => Survive(packets, 0))
            .QuickCheckThrowOnFailure();

    [Test]
    public void A_packet_may_follow_the_frames() =>
        Prop.ForAll(Gen.ArrayOf(Packet).ToArbitrary(), packets => Survive(packets, EnginePacket.Close))
            .QuickCheckThrowOnFailure();

    private static bool Survive((byte[] Content, bool IsBinary)[] packets, byte last)
    {
        byte[] frames = [.. packets.SelectMany(packet => Frame(packet.Content, packet.IsBinary))];
        using MemoryStream stream = new();
        PipeWriter writer = PipeWriter.Create(stream);

        Payload.WriteAsync(writer, frames, last, static () => { }).AsTask().GetAwaiter().GetResult();

        stream.Length.Should().Be(Payload.Measure(frames, last));
        ReadOnlyMemory<byte> rest = stream.ToArray();
        bool isLast = rest.IsEmpty;
        List<(byte[], bool)> read = [];
        while (!isLast)
        {
            ReadOnlyMemory<byte> packet = Payload.TakePacket(ref rest, out isLast);
            bool isBinary = packet.Span is [EnginePacket.Binary, ..];
            ReadOnlyMemory<byte> data = packet;
            (!isBinary || Payload.TryDecodeBinary(packet, out data)).Should().BeTrue();
            read.Add((data.ToArray(), isBinary));
        }

        read.Should().BeEquivalentTo(last == 0 ? packets : [.. packets, (new[] { last }, false)], options => options.WithStrictOrdering());
        return true;
    }

    private static byte[] Content(int length, int seed, bool isBinary)
    {
        byte[] content = new byte[isBinary ? length : length + 1];
        if (isBinary)
        {
            new Random(seed).NextBytes(content);
        }
        else
        {
            content.AsSpan().Fill((byte)('a' + (seed % 26)));
            content[0] = EnginePacket.Message;
        }

        return content;
    }

    private static byte[] Frame(byte[] content, bool isBinary)
    {
        byte[] header = new byte[WebSocketFrame.MaxHeaderBytes];
        int length = WebSocketFrame.WriteHeader(header, content.Length, isBinary);
        return [.. header.AsSpan(0, length), .. content];
    }
}
