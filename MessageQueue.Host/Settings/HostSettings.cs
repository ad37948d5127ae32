using Microsoft.Extensions.Logging;

namespace MessageQueue.Host.Settings;

/// <summary>All settings: the server's options, and the settings that only the console host has.</summary>
internal sealed class HostSettings
{
    /// <summary>The server's options. The host sets its permissions when it starts the server.</summary>
    public MessageQueueOptions Server { get; } = new();

    /// <summary>The token that a client must present; null where everybody may connect.</summary>
    public string? Token { get; set; }

    /// <summary>Whether there are keys for tokens of users.</summary>
    public bool HasUserTokens =>
        Server.Tokens.Secret is not null || Server.Tokens.KeyFiles.Count > 0 || Server.Tokens.JwksUrl is not null;

    /// <summary>The token that operators must present; null where the clients' token is theirs too.</summary>
    public string? OperatorToken { get; set; }

    /// <summary>A token with which operators may only read; null for none.</summary>
    public string? OperatorReadToken { get; set; }

    /// <summary>Whether to listen beyond this machine without a token.</summary>
    public bool Insecure { get; set; }

    /// <summary>Whether there is no page at <c>/</c>.</summary>
    public bool NoPage { get; set; }

    /// <summary>Whether to serve no Socket.IO clients.</summary>
    public bool NoSocketIO { get; set; }

    /// <summary>The directory with the builds of the Socket.IO client that are served; null for none.</summary>
    public string? SocketIOClient { get; set; }

    /// <summary>The lowest level that is logged.</summary>
    public LogLevel LogLevel { get; set; } = LogLevel.Information;

    /// <summary>The settings that were given, by name, and where: <c>--url</c>, <c>MESSAGEQUEUE_URL</c>, <c>"Url" in FILE</c>.</summary>
    public Dictionary<string, string> Given { get; } = new(StringComparer.Ordinal);

    /// <summary>The file with settings, whose section <c>Logging</c> applies too; null if there is none.</summary>
    public string? SettingsFile { get; set; }

    /// <summary>Returns how a setting was given, or its name on the command line if it was not.</summary>
    public string NameOf(string setting) => Given.GetValueOrDefault(setting, "--" + setting);
}
