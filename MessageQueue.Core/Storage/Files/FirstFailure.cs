using MessageQueue.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Storage.Files;

/// <summary>
/// The failure that ended a log. Only the first one counts: after it, the content of the files is unknown, so a later success must not be
/// trusted.
/// </summary>
internal sealed class FirstFailure(string directory, ILogger logger)
{
    private LogFailedException? _first;

    public bool IsSet => Volatile.Read(ref _first) is not null;

    /// <summary>Keeps the failure, unless there is one already. Returns the first one, to be thrown.</summary>
    public LogFailedException Set(string operation, Exception cause)
    {
        var failure = new LogFailedException(
            $"The log in '{directory}' failed: {operation}: {cause.Message} It accepts nothing more; the next start recovers it.", cause);
        LogFailedException? earlier = Interlocked.CompareExchange(ref _first, failure, null);
        if (earlier is null)
        {
            StorageLog.LogFailed(logger, directory, operation, cause);
        }

        return earlier ?? failure;
    }

    public void ThrowIfSet()
    {
        if (Volatile.Read(ref _first) is { } first)
        {
            throw new LogFailedException(first.Message, first.InnerException);
        }
    }
}
