using System.Text;
using System.Threading.Channels;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Transport;

namespace MessageQueue.Tests.Transport;

/// <summary>A handler that records its calls. It does with a message what the test says; by default it keeps it.</summary>
internal sealed class RecordingHandler : IConnectionHandler
{
    private readonly Channel<byte[]> _messages = Channel.CreateUnbounded<byte[]>();
    private readonly SemaphoreSlim _drained = new(0);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _closedCalls;

    public Func<ReadOnlyMemory<byte>, ValueTask>? OnMessage { get; set; }

    public int ClosedCalls => Volatile.Read(ref _closedCalls);

    public int DrainedCalls { get; private set; }

    public Task Closed => _closed.Task.OrTimeout();

    public int MessagesWaiting => _messages.Reader.Count;

    public async Task<byte[]> NextAsync() => await _messages.Reader.ReadAsync().OrTimeout();

    public async Task<string> NextTextAsync() => Encoding.UTF8.GetString(await NextAsync());

    public async Task DrainedAsync() => (await _drained.WaitAsync(Timeouts.Limit)).Should().BeTrue("the output should drain");

    public ValueTask OnMessageAsync(ReadOnlyMemory<byte> message)
    {
        ClosedCalls.Should().Be(0);
        if (OnMessage is { } onMessage)
        {
            return onMessage(message);
        }

        _messages.Writer.TryWrite(message.ToArray());
        return ValueTask.CompletedTask;
    }

    public void OnDrained()
    {
        DrainedCalls++;
        _drained.Release();
    }

    public ValueTask OnClosedAsync()
    {
        Interlocked.Increment(ref _closedCalls);
        _closed.TrySetResult();
        return ValueTask.CompletedTask;
    }
}
