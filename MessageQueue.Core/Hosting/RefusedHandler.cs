using MessageQueue.Transport;

namespace MessageQueue.Hosting;

/// <summary>The handler of a connection that is refused: it ignores everything until the connection is closed.</summary>
internal sealed class RefusedHandler : IConnectionHandler
{
    /// <summary>The only instance; it has no state.</summary>
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
