using Microsoft.Extensions.Logging;

namespace MessageQueue.Host;

/// <summary>What the host itself logs.</summary>
internal static partial class HostLog
{
    [LoggerMessage(EventId = 9001, Level = LogLevel.Debug, Message = "The host failed")]
    public static partial void HostFailed(ILogger logger, Exception exception);
}
