using System.Net.WebSockets;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Transport;
using static MessageQueue.Tests.Infrastructure.RawWebSocket;

namespace MessageQueue.Tests.Transport;

/// <summary>Random frames, good and bad: <see cref="FrameReader"/> finds what the framework's WebSocket finds, at any cut.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class FrameReaderOracleTests
{
    private const int Limit = 1 << 20;
    private const int RunsPerSeed = 40;

    private static readonly byte[][] Texts =
    [
        [], "a"u8.ToArray(), "aé€😀"u8.ToArray(), "€"u8[..2].ToArray(), [0xC3, 0x28], new byte[125], new byte[126], new byte[127],
        [.. Enumerable.Repeat("é€"u8.ToArray(), 50).SelectMany(bytes => bytes)],
    ];

    [Test]
    public async Task It_finds_what_the_framework_finds([Range(1, 25)] int seed)
    {
        Random random = new(seed);
        for (int run = 0; run < RunsPerSeed; run++)
        {
            byte[] bytes = RandomFrames(random);
            List<string> expected = await AskFrameworkAsync(bytes);
            FrameReader whole = new(Limit) { TakesBinary = true };
            Normal(FrameReaderTests.Read(ref whole, bytes)).Should().Equal(expected, Convert.ToHexString(bytes));
            whole.Release();
            foreach (byte[][] pieces in FrameReaderTests.Cuts(bytes))
            {
                FrameReader reader = new(Limit) { TakesBinary = true };
                List<string> found = [];
                foreach (byte[] piece in pieces)
                {
                    found.AddRange(FrameReaderTests.Read(ref reader, piece));
                }

                if (!Normal(found).SequenceEqual(expected))
                {
                    Assert.Fail($"Cut as {string.Join(' ', pieces.Select(Convert.ToHexString))}: {string.Join(", ", found)}");
                }

                reader.Release();
            }
        }
    }

    /// <summary>Frames of which most are good, and in the end a ping and a close, so that an error is always followed by more.</summary>
    private static byte[] RandomFrames(Random random)
    {
        List<byte> bytes = [];
        bool inMessage = false;
        bool isText = false;
        for (int i = random.Next(1, 6); i > 0; i--)
        {
            bool isBad = random.Next(12) == 0;
            int goodOpcode = random.Next(4) == 0 ? Ping + random.Next(2) : inMessage ? Continuation : Text + random.Next(2);
            int opcode = isBad ? random.Next(16) : goodOpcode;
            bool isControl = opcode >= Close;
            bool final = isControl ? !isBad || random.Next(2) == 0 : random.Next(2) == 0;
            if (!isControl)
            {
                isText = opcode == Continuation ? isText : opcode == Text;
                inMessage = !final;
            }

            // The framework does not look at a text whose last frame is empty, so none of those is empty.
            byte[] payload = Texts[random.Next(isText && !isControl ? 1 : 0, Texts.Length)];
            payload = isControl && payload.Length > 125 && random.Next(4) > 0 ? [] : payload;
            payload = opcode == Close ? CloseFrameOf(random) : payload;
            bytes.AddRange(Frame(opcode, payload, final, masked: random.Next(40) > 0, reserved: random.Next(40) == 0 ? random.Next(8) : 0));
        }

        return [.. bytes, .. inMessage ? Frame(Continuation, "z"u8) : [], .. Frame(Ping, "end"u8), .. Frame(Close, [3, 0xE8])];
    }

    private static byte[] CloseFrameOf(Random random)
    {
        int code = random.Next(990, 1020);
        return random.Next(3) == 0 ? [] : [(byte)(code >> 8), (byte)code, .. "bye"u8];
    }

    private static List<string> Normal(List<string> found) =>
        [.. found.Select(word => Enum.TryParse<Inbound>(word, out _) ? "error" : word)];

    private static async Task<List<string>> AskFrameworkAsync(byte[] bytes)
    {
        Duplex stream = new(bytes);
        using WebSocket webSocket = WebSocket.CreateFromStream(
            stream, new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = Timeout.InfiniteTimeSpan });
        byte[] buffer = new byte[Limit];
        int length = 0;
        try
        {
            while (true)
            {
                ValueWebSocketReceiveResult result =
                    await webSocket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None).OrTimeout();
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    stream.Found.Add("close");
                    return stream.Found;
                }

                length += result.Count;
                if (result.EndOfMessage)
                {
                    stream.Found.Add($"{(result.MessageType == WebSocketMessageType.Text ? "text" : "binary")} {length}");
                    length = 0;
                }
            }
        }
        catch (WebSocketException)
        {
            stream.Found.Add("error");
            return stream.Found;
        }
    }

    /// <summary>The client's bytes, and the pongs that answer its pings.</summary>
    private sealed class Duplex(byte[] bytes) : AsyncStream
    {
        private readonly MemoryStream _input = new(bytes);

        public List<string> Found { get; } = [];

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _input.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (buffer.Span[0] == 0x8A)
            {
                Found.Add($"ping {Convert.ToHexString(buffer.Span[2..])}");
            }

            return ValueTask.CompletedTask;
        }
    }
}
