using MessageQueue.Transport;

namespace MessageQueue.Hosting;

/// <summary>The handler of a connection that is closed before it began.</summary>
internal sealed class RefusedHandler : IConnectionHandler
{
    /// <summary>It has no state.</summary>
    public static readonly RefusedHandler Instance = new();

    /// <inheritdoc />
    public ValueTask OnMessageAsync(ReadOnlyMemory<byte> message) => ValueTask.CompletedTask;

    /// <inheritdoc />
    public void OnDrained()
    {
    }

    /// <inheritdoc />
    public ValueTask OnClosedAsync() => ValueTask.CompletedTask;
}
