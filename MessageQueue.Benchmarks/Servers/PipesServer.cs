using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Benchmarks.Servers;

/// <summary>
/// The relay on Kestrel's transport alone: all publications of a read are framed once, and copied into each receiver's pipe with one
/// flush. One room and one publisher at a time; of HTTP and WebSocket no more than the generator needs.
/// </summary>
internal static class PipesServer
{
    private static readonly ConcurrentDictionary<PipeWriter, bool> Receivers = new();

    private static ReadOnlySpan<byte> Answer => [0x81, 1, (byte)'a'];

    /// <summary>Serves until the process ends.</summary>
    public static Task RunAsync(int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port, listen => listen.Run(ServeAsync)));
        return builder.Build().RunAsync();
    }

    private static async Task ServeAsync(ConnectionContext connection)
    {
        PipeReader input = connection.Transport.Input;
        PipeWriter output = connection.Transport.Output;
        bool publishes = await ReadRequestAsync(input);
        output.Write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"u8);
        output.Write(Answer);
        await output.FlushAsync();
        if (publishes)
        {
            await PublishAsync(input, output);
        }
        else
        {
            Receivers[output] = true;
            await input.ReadAsync();
            Receivers.TryRemove(output, out _);
        }
    }

    private static async Task<bool> ReadRequestAsync(PipeReader input)
    {
        while (true)
        {
            ReadResult read = await input.ReadAsync();
            string request = Encoding.ASCII.GetString(read.Buffer);
            bool isWhole = request.EndsWith("\r\n\r\n", StringComparison.Ordinal);
            input.AdvanceTo(isWhole ? read.Buffer.End : read.Buffer.Start, read.Buffer.End);
            if (isWhole || read.IsCompleted)
            {
                return request.StartsWith("GET /publish", StringComparison.Ordinal);
            }
        }
    }

    private static async Task PublishAsync(PipeReader input, PipeWriter output)
    {
        ArrayBufferWriter<byte> frames = new();
        List<Task> flushes = [];
        while (await input.ReadAsync() is { IsCompleted: false } read)
        {
            (SequencePosition consumed, int count) = Gather(read.Buffer, frames);
            input.AdvanceTo(consumed, read.Buffer.End);
            foreach ((PipeWriter receiver, _) in Receivers)
            {
                receiver.Write(frames.WrittenSpan);
                ValueTask<FlushResult> flush = receiver.FlushAsync();
                if (!flush.IsCompletedSuccessfully)
                {
                    flushes.Add(flush.AsTask());
                }
            }

            await Task.WhenAll(flushes);
            flushes.Clear();
            frames.ResetWrittenCount();
            for (int i = 0; i < count; i++)
            {
                output.Write(Answer);
            }

            await output.FlushAsync();
        }
    }

    // A frame of the generator: two bytes, two of length, four of a mask of zeros. That of a receiver is the same without the mask.
    private static (SequencePosition Consumed, int Count) Gather(ReadOnlySequence<byte> buffer, ArrayBufferWriter<byte> frames)
    {
        SequenceReader<byte> reader = new(buffer);
        int count = 0;
        Span<byte> header = stackalloc byte[8];
        while (reader.TryCopyTo(header))
        {
            int length = (header[2] << 8) | header[3];
            if (reader.Remaining < header.Length + length)
            {
                break;
            }

            ReadOnlySpan<byte> own = [header[0], 126, header[2], header[3]];
            frames.Write(own);
            reader.Advance(header.Length);
            reader.UnreadSequence.Slice(0, length).CopyTo(frames.GetSpan(length));
            frames.Advance(length);
            reader.Advance(length);
            count++;
        }

        return (reader.Position, count);
    }
}
