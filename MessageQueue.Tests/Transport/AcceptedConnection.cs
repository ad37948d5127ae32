using System.Buffers.Binary;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Transport;

namespace MessageQueue.Tests.Transport;

/// <summary>The server's side of a test connection.</summary>
internal sealed record AcceptedConnection(WebSocketConnection Connection, RecordingHandler Handler, Task Ended, CancellationToken Aborted)
{
    private const int FrameBytes = 1000;

    /// <summary>Writes numbered frames until the output is full, or up to a number. Returns how many were accepted.</summary>
    public async Task<int> FillAsync(int from = 0, int to = int.MaxValue)
    {
        int next = from;
        while (next < to && Connection.TryWrite(NumberedFrame(next)))
        {
            next++;
            if (next % 16 == 0)
            {
                Connection.Flush();
                await Task.Yield();
            }
        }

        return next - from;
    }

    /// <summary>
    /// Returns a frame that starts with its number and repeats one byte after that, so that a wrong byte is noticed.
    /// </summary>
    public static byte[] NumberedFrame(int number)
    {
        Span<byte> payload = stackalloc byte[FrameBytes];
        payload.Fill((byte)(number % 100));
        BinaryPrimitives.WriteInt32BigEndian(payload, number);
        return WebSocketFrame.BuildText(payload);
    }

    public static int NumberOf(RawFrame frame)
    {
        frame.First.Should().Be(0x81);
        frame.Payload.Length.Should().Be(FrameBytes);
        int number = BinaryPrimitives.ReadInt32BigEndian(frame.Payload);
        frame.Payload.AsSpan(sizeof(int)).ContainsAnyExcept((byte)(number % 100)).Should().BeFalse();
        return number;
    }
}
