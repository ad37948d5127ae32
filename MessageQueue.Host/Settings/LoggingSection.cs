using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Host.Settings;

/// <summary>
/// The section <c>Logging</c> of <c>appsettings.json</c>, as in any ASP.NET Core app: levels by category, and the form of the console's
/// lines.
/// </summary>
internal static class LoggingSection
{
    /// <summary>The section's name.</summary>
    public const string Name = "Logging";

    private const string Levels = "LogLevel";

    /// <summary>Checks the levels, so that a mistyped one is reported like any other setting.</summary>
    /// <exception cref="UsageException">A level is not one.</exception>
    public static void Check(string path, JsonElement root)
    {
        if (root.TryGetProperty(Name, out JsonElement section) && section.ValueKind == JsonValueKind.Object)
        {
            CheckLevels(path, Name, section);
            foreach (JsonProperty provider in section.EnumerateObject().Where(one => one.Value.ValueKind == JsonValueKind.Object))
            {
                CheckLevels(path, $"{Name}:{provider.Name}", provider.Value);
            }
        }
    }

    private static void CheckLevels(string path, string name, JsonElement section)
    {
        if (section.TryGetProperty(Levels, out JsonElement levels) && levels.ValueKind == JsonValueKind.Object)
        {
            ValueKind<LogLevel> kind = Kinds.OneOf<LogLevel>("LEVEL");
            foreach (JsonProperty level in levels.EnumerateObject())
            {
                new SettingInput($"\"{name}:{Levels}:{level.Name}\" in {path}", []).Parse(level.Value.ToString(), kind, secret: false);
            }
        }
    }
}
