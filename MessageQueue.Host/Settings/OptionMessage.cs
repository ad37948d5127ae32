using System.Text.RegularExpressions;

namespace MessageQueue.Host.Settings;

/// <summary>
/// Says the library's message about an option in the words of who started the host: with the name on the command line, in the environment
/// or in the file, wherever the value was given.
/// </summary>
internal static partial class OptionMessage
{
    /// <summary>
    /// Translates a message such as <c>Option DefaultWindow is 1024; allowed is 1 to 10.</c> Any other message stays as it is.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="settings">The settings; null where they could not be read.</param>
    public static string Of(string message, HostSettings? settings)
    {
        if (settings is null || Option().Match(message) is not { Success: true } match || Find(match.Groups[1].Value) is not { } setting)
        {
            return message;
        }

        if (settings.Given.TryGetValue(setting.Name, out string? origin))
        {
            return $"{origin} {match.Groups[2]}";
        }

        // It has its default, which does not fit another setting. The description of a setting names those that limit it.
        IEnumerable<string> causes = settings.Given
            .Where(given => Mentions(setting, given.Key) || (SettingOf(given.Key) is { } other && Mentions(other, setting.Name)))
            .Select(given => given.Value);
        string because = string.Join(" and ", causes);
        string value = match.Groups[2].Value.Replace("; ", ", its default; ", StringComparison.Ordinal);
        return $"{setting.Option} {value}{(because.Length == 0 ? "" : $", because of {because}")}";
    }

    private static Setting? Find(string option) => option == nameof(MessageQueueOptions.DataDirectory)
        ? SettingOf("data")
        : SettingsTable.Rows.FirstOrDefault(row => row.Key == option);

    private static Setting? SettingOf(string name) => SettingsTable.Rows.FirstOrDefault(row => row.Name == name);

    private static bool Mentions(Setting setting, string name) =>
        Regex.IsMatch(setting.Description, $@"--{Regex.Escape(name)}(?![\w-])");

    [GeneratedRegex(@"^Option (\w+) (.*?)\.?$", RegexOptions.Singleline)]
    private static partial Regex Option();
}
