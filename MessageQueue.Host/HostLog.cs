using Microsoft.Extensions.Logging;

namespace MessageQueue.Host;

/// <summary>The log entries of the host itself.</summary>
internal static partial class HostLog
{
    [LoggerMessage(EventId = 9001, Level = LogLevel.Debug, Message = "The host failed")]
    public static partial void HostFailed(ILogger logger, Exception exception);
}
