using System.Collections.Concurrent;
using System.Text;
using MessageQueue.SocketIO.Engine;
using MessageQueue.Transport;

namespace MessageQueue.Tests.SocketIO.Engine;

/// <summary>Records what is reported about a connection.</summary>
internal sealed class RecordingEngineHandler(EngineApp app, EngineConnection connection) : IEngineHandler
{
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _calls;

    public EngineConnection Connection { get; } = connection;

    /// <summary>All calls but those of the clock, in order.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    public int Ticks { get; private set; }

    public bool IsAbandoned { get; private set; }

    /// <summary>Completes when the connection has ended.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Completes when the output has had room again.</summary>
    public Task Drained => _drained.Task;

    /// <summary>Sends a text message at once.</summary>
    public void Send(string text)
    {
        Connection.Write(Frame(text));
        Connection.Flush();
    }

    public static byte[] Frame(string text) => WebSocketFrame.BuildText(Encoding.UTF8.GetBytes("4" + text));

    public ValueTask OnTextAsync(ReadOnlyMemory<byte> text) => RecordAsync(Encoding.UTF8.GetString(text.Span), app.OnText);

    public ValueTask OnBinaryAsync(ReadOnlyMemory<byte> data)
    {
        byte[] content = data.ToArray();
        return RecordAsync($"binary {Convert.ToHexString(content)}", static (_, _) => ValueTask.CompletedTask, () =>
        {
            byte[] frame = new byte[WebSocketFrame.HeaderBytes(content.Length) + content.Length];
            content.CopyTo(frame, WebSocketFrame.WriteHeader(frame, content.Length, isBinary: true));
            Connection.Write(frame);
            Connection.Flush();
        });
    }

    public void OnPinging() => Calls.Enqueue("pinging");

    public ValueTask OnPongAsync() => RecordAsync("pong", static (_, _) => ValueTask.CompletedTask);

    public void OnDrained() => _drained.TrySetResult();

    public void OnTick(long now) => Ticks++;

    public void Abandon() => IsAbandoned = true;

    public ValueTask OnClosedAsync()
    {
        Calls.Enqueue("closed");
        Volatile.Read(ref _calls).Should().Be(0, "no message is being handled any more");
        _closed.SetResult();
        return ValueTask.CompletedTask;
    }

    private async ValueTask RecordAsync(string call, Func<RecordingEngineHandler, string, ValueTask> handle, Action? then = null)
    {
        Interlocked.Increment(ref _calls).Should().Be(1, "messages come one at a time");
        Calls.Enqueue(call);
        await handle(this, call);
        then?.Invoke();
        Interlocked.Decrement(ref _calls);
    }
}
