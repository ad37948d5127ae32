using System.Buffers.Binary;
using System.Security.Claims;
using System.Text;
using System.Threading.Channels;
using MessageQueue.Connections;
using MessageQueue.Protocol;
using MessageQueue.SocketIO.Connections;
using MessageQueue.SocketIO.Engine;
using MessageQueue.Tests.Infrastructure;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.Tests.SocketIO.Connections;

/// <summary>
/// An Engine.IO connection that keeps the packets that were written, and whose client answers pings when the test says so.
/// </summary>
internal sealed class FakeEngine : IEngineConnection
{
    private readonly Lock _lock = new();
    private readonly Channel<object> _packets = Channel.CreateUnbounded<object>();
    private bool _isPinged;

    public FakeEngine(SocketIODialect dialect) => Handler = new SocketIOConnection(dialect, this);

    /// <summary>The handler of this connection.</summary>
    public SocketIOConnection Handler { get; }

    /// <summary>Whether it refuses events.</summary>
    public bool IsFull { get; set; }

    /// <summary>Whether it takes events and forgets them.</summary>
    public bool IsDiscarding { get; set; }

    /// <summary>How many pings were written.</summary>
    public int Pings { get; private set; }

    /// <summary>Completes with the reason of the close.</summary>
    public TaskCompletionSource<CloseReason> Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The number of packets that the test has not read.</summary>
    public int Waiting => _packets.Reader.Count;

    public HttpContext Request { get; } = new DefaultHttpContext();

    public ClaimsPrincipal User { get; } = new(new ClaimsIdentity());

    public MessageRate? Rate { get; init; }

    public CloseReason? ClosedWith => Closed.Task.IsCompleted ? Closed.Task.Result : null;

    public bool TryWrite(ReadOnlySpan<byte> frame) => TryWrite(frame, default);

    public bool TryWrite(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest)
    {
        if (IsFull || ClosedWith is not null)
        {
            return false;
        }

        if (!IsDiscarding)
        {
            Write([.. head, .. rest]);
        }

        return true;
    }

    // A write holds one or more whole frames.
    public void Write(ReadOnlySpan<byte> frame)
    {
        lock (_lock)
        {
            while (!frame.IsEmpty && ClosedWith is null)
            {
                int header = frame[1] switch { < 126 => 2, 126 => 4, _ => 10 };
                int length = header switch
                {
                    2 => frame[1],
                    4 => BinaryPrimitives.ReadUInt16BigEndian(frame[2..]),
                    _ => (int)BinaryPrimitives.ReadUInt64BigEndian(frame[2..]),
                };
                ReadOnlySpan<byte> payload = frame.Slice(header, length);
                _packets.Writer.TryWrite(frame[0] == 0x81 ? Encoding.UTF8.GetString(payload) : payload.ToArray());
                frame = frame[(header + length)..];
            }
        }
    }

    public void Flush()
    {
    }

    public bool TryPing()
    {
        lock (_lock)
        {
            if (_isPinged)
            {
                return false;
            }

            _isPinged = true;
        }

        Handler.OnPinging();
        Pings++;
        return true;
    }

    public void Close(CloseReason reason) => Closed.TrySetResult(reason);

    /// <summary>Answers the ping.</summary>
    public async Task PongAsync()
    {
        lock (_lock)
        {
            _isPinged = false;
        }

        await Handler.OnPongAsync().OrTimeout();
    }

    /// <summary>Sends text packets, without the 4 of Engine.IO.</summary>
    public async Task SendAsync(params string[] packets)
    {
        foreach (string packet in packets)
        {
            await Handler.OnTextAsync(Encoding.UTF8.GetBytes(packet)).OrTimeout();
        }
    }

    /// <summary>Sends an attachment.</summary>
    public Task SendAsync(byte[] attachment) => Handler.OnBinaryAsync(attachment).OrTimeout();

    /// <summary>Returns the next packet, which must be text, without the 4 of Engine.IO.</summary>
    public async Task<string> NextAsync() =>
        (await _packets.Reader.ReadAsync().OrTimeout()).Should().BeOfType<string>().Which.Should().StartWith("4").And.Subject[1..];

    /// <summary>Returns the next packet, which must be binary.</summary>
    public async Task<byte[]> NextAttachmentAsync() =>
        (await _packets.Reader.ReadAsync().OrTimeout()).Should().BeOfType<byte[]>().Which;

    /// <summary>Ends the connection.</summary>
    public Task EndAsync() => Handler.OnClosedAsync().OrTimeout();
}
