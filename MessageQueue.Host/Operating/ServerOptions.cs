using System.CommandLine;
using MessageQueue.Host.Settings;

namespace MessageQueue.Host.Operating;

/// <summary>Which server a command speaks to: <c>--url</c> and <c>--token</c>, read from the same places as the server's own settings of these names.</summary>
internal sealed class ServerOptions
{
    private static readonly Setting UrlSetting = SettingsTable.Rows.Single(row => row.Name == "url");
    private static readonly Setting TokenSetting = SettingsTable.Rows.Single(row => row.Name == "token");

    private readonly Option<string?> _url = new(UrlSetting.Option)
    {
        Description = $"The server, with the path where it is mapped to one. Default MESSAGEQUEUE_URL, else {new MessageQueueOptions().Url}.",
        HelpName = "URL",
    };

    private readonly Option<string?> _token = new(TokenSetting.Option) { Description = "Its token. Default MESSAGEQUEUE_TOKEN, which others on this machine cannot read.", HelpName = "TOKEN" };

    /// <summary>Adds both to a command.</summary>
    public ServerOptions(Command command)
    {
        command.Options.Add(_url);
        command.Options.Add(_token);
    }

    /// <summary>The server that was meant.</summary>
    /// <exception cref="UsageException">The address is none.</exception>
    public ServerAddress Read(ParseResult parsed)
    {
        SettingsFile file = SettingsFile.Read(Environment.CurrentDirectory, AppContext.BaseDirectory);
        SettingsReader reader = new(setting => Find(parsed, setting), Environment.GetEnvironmentVariable, file);
        return ServerAddress.Parse(reader.Find(UrlSetting) ?? new SettingInput(UrlSetting.Option, [new MessageQueueOptions().Url]), reader.Find(TokenSetting)?.Single());
    }

    private SettingInput? Find(ParseResult parsed, Setting setting) =>
        parsed.GetValue(setting == UrlSetting ? _url : _token) is string value ? new SettingInput(setting.Option, [value]) : null;
}
