using System.Text.Json;

namespace MessageQueue.Host.Settings;

/// <summary>
/// The section <c>MessageQueue</c> of <c>appsettings.json</c>. One file is read, the one in the current directory or else the one beside the executable:
/// with two that are merged, nobody can tell by reading one what holds.
/// </summary>
internal sealed class SettingsFile
{
    private const string FileName = "appsettings.json";
    private const string Section = "MessageQueue";

    private readonly Dictionary<string, SettingInput> _inputs = new(StringComparer.OrdinalIgnoreCase);

    private SettingsFile()
    {
    }

    /// <summary>Reads the first of the directories' files that exists; without one, nothing is set.</summary>
    /// <exception cref="UsageException">The file cannot be read, is not JSON, or sets what does not exist.</exception>
    public static SettingsFile Read(params IEnumerable<string> directories)
    {
        SettingsFile file = new();
        if (directories.Select(directory => Path.GetFullPath(FileName, directory)).FirstOrDefault(File.Exists) is string path)
        {
            file.Load(path);
        }

        return file;
    }

    /// <summary>What the file says about a setting; null for nothing.</summary>
    public SettingInput? Find(Setting setting) => _inputs.GetValueOrDefault(setting.Key);

    private void Load(string path)
    {
        try
        {
            JsonDocumentOptions lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path), lenient);
            // Other sections are other programs' own, as is usual in this file.
            if (document.RootElement.TryGetProperty(Section, out JsonElement section))
            {
                foreach (JsonProperty property in section.EnumerateObject())
                {
                    Add(path, property);
                }
            }
        }
        catch (JsonException exception)
        {
            // The parser's own message is of several sentences and counts from 0.
            throw new UsageException($"{path} is not JSON: wrong at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}; correct it");
        }
        catch (InvalidOperationException)
        {
            throw new UsageException($"{path} or its section \"{Section}\" is not an object; write {{ \"{Section}\": {{ … }} }}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be read: {exception.Message}; make it readable or take it away");
        }
    }

    private void Add(string path, JsonProperty property)
    {
        string origin = $"\"{property.Name}\" in {path}";
        // A mistyped name would otherwise leave a limit or the token at its default in silence.
        if (!SettingsTable.Rows.Any(row => row.Key.Equals(property.Name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new UsageException($"{origin} is no setting; see --help for the names");
        }

        string[] values = property.Value.ValueKind == JsonValueKind.Array
            ? [.. property.Value.EnumerateArray().Select(item => Text(origin, item))]
            : [Text(origin, property.Value)];
        _inputs[property.Name] = new SettingInput(origin, values);
    }

    private static string Text(string origin, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => throw new UsageException($"{origin} is {value.ValueKind.ToString().ToLowerInvariant()}; use a string, a number, true, false or an array of them"),
    };
}
