using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using MessageQueue.Protocol;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Transport;

namespace MessageQueue.Tests.Pipeline;

/// <summary>An output that keeps what was written, and is full when the test says so.</summary>
internal sealed class FakeOutput : IConnectionOutput
{
    private readonly Channel<JsonElement> _frames = Channel.CreateUnbounded<JsonElement>();
    private int _flushes;

    /// <summary>Whether it refuses events.</summary>
    public bool IsFull { get; set; }

    /// <summary>After how many more frames of <see cref="TryWrite(ReadOnlySpan{byte})"/> it is full; 0 for never.</summary>
    public int FullAfter { get; set; }

    /// <summary>The code with which it was closed.</summary>
    public TaskCompletionSource<int> Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How often it had been flushed before each frame of <see cref="TryWrite(ReadOnlySpan{byte})"/>.</summary>
    public ConcurrentQueue<int> FlushesBefore { get; } = new();

    /// <summary>The number of frames that the test has not read yet.</summary>
    public int Waiting => _frames.Reader.Count;

    public CloseReason? ClosedWith { get; private set; }

    public bool TryWrite(ReadOnlySpan<byte> frame)
    {
        if (IsFull)
        {
            return false;
        }

        FlushesBefore.Enqueue(Volatile.Read(ref _flushes));
        Write(frame);
        if (FullAfter > 0 && --FullAfter == 0)
        {
            IsFull = true;
        }

        return true;
    }

    public bool TryWrite(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest) => TryWrite([.. head, .. rest]);

    public bool TryWriteShared(ReadOnlyMemory<byte> frames)
    {
        List<byte[]> each = [];
        for (ReadOnlySpan<byte> rest = frames.Span; !rest.IsEmpty; rest = rest[each[^1].Length..])
        {
            each.Add(rest[..LengthOf(rest)].ToArray());
        }

        bool fits = !IsFull && (FullAfter == 0 || each.Count <= FullAfter);
        return fits && each.TrueForAll(frame => TryWrite(frame));
    }

    public void Write(ReadOnlySpan<byte> frame) =>
        _frames.Writer.TryWrite(JsonSerializer.Deserialize<JsonElement>(Encoding.UTF8.GetString(frame[HeaderOf(frame)..])));

    public void Flush() => Interlocked.Increment(ref _flushes);

    public void Close(CloseReason reason)
    {
        if (Closed.TrySetResult(reason.Code))
        {
            ClosedWith = reason;
        }
    }

    /// <summary>Returns the next frame, of any type.</summary>
    public Task<JsonElement> NextAsync() => _frames.Reader.ReadAsync().OrTimeout();

    /// <summary>Returns the next frame, which must be of this type.</summary>
    public async Task<JsonElement> NextAsync(string type)
    {
        JsonElement frame = await NextAsync();
        frame.GetProperty("type").GetString().Should().Be(type);
        return frame;
    }

    private static int HeaderOf(ReadOnlySpan<byte> frame) => frame[1] switch { < 126 => 2, 126 => 4, _ => 10 };

    private static int LengthOf(ReadOnlySpan<byte> frame) => HeaderOf(frame) + frame[1] switch
    {
        < 126 => frame[1],
        126 => BinaryPrimitives.ReadUInt16BigEndian(frame[2..]),
        _ => (int)BinaryPrimitives.ReadInt64BigEndian(frame[2..]),
    };
}
