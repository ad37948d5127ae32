using Microsoft.Extensions.Logging;

namespace MessageQueue;

/// <summary>A self-hosted server: a log, its sessions, and a listening socket.</summary>
public sealed class MessageQueueServer : IAsyncDisposable
{
    /// <summary>Where it listens, with the real port.</summary>
    public string Url => throw new NotSupportedException();

    /// <summary>Ends when the server has stopped; faults with what made it fail, such as <see cref="LogFailedException"/>.</summary>
    public Task Completion => throw new NotSupportedException();

    /// <summary>Opens the log, recovers, and only then listens.</summary>
    public static Task<MessageQueueServer> StartAsync(
        MessageQueueOptions options, ILoggerFactory? loggerFactory = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException(options?.Url);

    /// <summary>No new connections, clients closed with 1001, log flushed.</summary>
    public Task StopAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <inheritdoc />
    public ValueTask DisposeAsync() => throw new NotSupportedException();
}
