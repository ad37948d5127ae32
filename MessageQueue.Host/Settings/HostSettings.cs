using Microsoft.Extensions.Logging;

namespace MessageQueue.Host.Settings;

/// <summary>Everything that can be set from outside: the server's own options, and what only the console host knows.</summary>
internal sealed class HostSettings
{
    /// <summary>The options of the server. Its permissions are set when the server is started, not from outside.</summary>
    public MessageQueueOptions Server { get; } = new();

    /// <summary>What a client must present to connect; null where everybody may.</summary>
    public string? Token { get; set; }

    /// <summary>Whether to listen beyond this machine without a token.</summary>
    public bool Insecure { get; set; }

    /// <summary>The least level that is logged.</summary>
    public LogLevel LogLevel { get; set; } = LogLevel.Information;
}
