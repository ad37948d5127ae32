using System.CommandLine;
using MessageQueue.Host.Settings;

namespace MessageQueue.Host.Operating;

/// <summary>
/// The server that a command speaks to: <c>--url</c> and <c>--token</c>, read from the same sources as the server's own settings of these
/// names.
/// </summary>
internal sealed class ServerOptions
{
    private static readonly Setting UrlSetting = SettingsTable.Rows.Single(row => row.Name == "url");
    private static readonly Setting TokenSetting = SettingsTable.Rows.Single(row => row.Name == "token");
    private static readonly Setting OperatorTokenSetting = SettingsTable.Rows.Single(row => row.Name == "operator-token");

    private readonly Option<string?> _url = new(UrlSetting.Option)
    {
        Description = $"The server's address, with a path if it has one. Default MESSAGEQUEUE_URL, else {new MessageQueueOptions().Url}.",
        HelpName = "URL",
    };

    private readonly Option<string?> _token;
    private readonly bool _isForOperators;

    /// <summary>Adds both options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="isForOperators">Whether it needs the token of operators, where the server has one.</param>
    public ServerOptions(Command command, bool isForOperators = false)
    {
        string variables = isForOperators ? "MESSAGEQUEUE_OPERATOR_TOKEN, else MESSAGEQUEUE_TOKEN" : "MESSAGEQUEUE_TOKEN";
        _isForOperators = isForOperators;
        _token = new Option<string?>(TokenSetting.Option)
        {
            Description = $"The server's token. Default {variables}, which other users of this machine cannot read.",
            HelpName = "TOKEN",
        };
        command.Options.Add(_url);
        command.Options.Add(_token);
    }

    /// <summary>Returns the server's address and token.</summary>
    /// <exception cref="UsageException">The address is not allowed.</exception>
    public ServerAddress Read(ParseResult parsed)
    {
        SettingsFile file = SettingsFile.Read(Environment.CurrentDirectory, AppContext.BaseDirectory);
        SettingsReader reader = new(setting => Find(parsed, setting), HostEnvironment.Read(), file);
        SettingInput url = reader.Find(UrlSetting) ?? new SettingInput(UrlSetting.Option, [new MessageQueueOptions().Url]);
        SettingInput? own = _isForOperators && parsed.GetValue(_token) is null ? reader.Find(OperatorTokenSetting) : null;
        return ParseAddress(url, (own ?? reader.Find(TokenSetting))?.Single());
    }

    /// <summary>Reads an address. One that listens on all addresses, such as <c>http://0.0.0.0:8080</c>, means this machine.</summary>
    /// <exception cref="UsageException">The address is not allowed.</exception>
    public static ServerAddress ParseAddress(SettingInput url, string? token)
    {
        string text = url.Single();
        string address = ListenAddress.TryParse(text, out ListenAddress? listen) ? listen.ClientUrl : text;
        ServerAddress server = new(address.TrimEnd('/'), token);
        try
        {
            // The client knows which addresses are allowed.
            server.CreateClient().Dispose();
            return server;
        }
        catch (ArgumentException)
        {
            throw new UsageException(
                $"{url.Origin}: '{text}' is not a server's address; use http://HOST:PORT, for example http://127.0.0.1:8080");
        }
    }

    private SettingInput? Find(ParseResult parsed, Setting setting)
    {
        Option<string?>? option = setting == UrlSetting ? _url : setting == TokenSetting ? _token : null;
        return option is not null && parsed.GetValue(option) is string value ? new SettingInput(setting.Option, [value]) : null;
    }
}
