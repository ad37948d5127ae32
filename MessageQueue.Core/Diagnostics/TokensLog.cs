using Microsoft.Extensions.Logging;

namespace MessageQueue.Diagnostics;

/// <summary>Log messages about tokens and their keys. Event ids 600 to 699. A token itself is never logged.</summary>
internal static partial class TokensLog
{
    [LoggerMessage(600, LogLevel.Information, "The key file {File} has changed; it holds {Keys} keys.")]
    public static partial void KeysChanged(ILogger logger, string file, int keys);

    [LoggerMessage(601, LogLevel.Error, "The key file {File} has changed and cannot be used: {Reason}. The keys from before stay.")]
    public static partial void KeyFileRefused(ILogger logger, string file, string reason);

    [LoggerMessage(
        602, LogLevel.Warning,
        "The keys at {Url} cannot be read: {Reason}. The keys from before stay; it is tried again when a token comes.")]
    public static partial void KeysUnreadable(ILogger logger, string url, string reason);
}
