using System.Text.Json;

namespace MessageQueue.Host.Settings;

/// <summary>
/// The section <c>MessageQueue</c> of <c>appsettings.json</c>. Only one file is read, the one in the current directory or else the one
/// beside the executable: if two were merged, neither would show the settings that apply.
/// </summary>
internal sealed class SettingsFile
{
    private const string FileName = "appsettings.json";
    private const string Section = "MessageQueue";

    private readonly Dictionary<string, SettingInput> _inputs = new(StringComparer.OrdinalIgnoreCase);

    private SettingsFile()
    {
    }

    /// <summary>The file that was read; null if there is none.</summary>
    public string? FullName { get; private set; }

    /// <summary>Reads the file from the first directory that has one; without a file, nothing is set.</summary>
    /// <exception cref="UsageException">The file cannot be read, is not JSON, or has an unknown setting.</exception>
    public static SettingsFile Read(params IEnumerable<string> directories)
    {
        SettingsFile file = new();
        if (directories.Select(directory => Path.GetFullPath(FileName, directory)).FirstOrDefault(File.Exists) is string path)
        {
            file.Load(path);
            file.FullName = path;
        }

        return file;
    }

    /// <summary>Returns the values of a setting; null where the file does not have it.</summary>
    public SettingInput? Find(Setting setting) => _inputs.GetValueOrDefault(setting.Key);

    private void Load(string path)
    {
        try
        {
            JsonDocumentOptions lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path), lenient);
            LoggingSection.Check(path, document.RootElement);
            // Other sections belong to other programs, as is usual in this file.
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
            // The parser's own message has several sentences, and counts from 0.
            string place = $"line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}";
            throw new UsageException($"{path} is not JSON: wrong at {place}; correct it");
        }
        catch (InvalidOperationException)
        {
            throw new UsageException($"{path} or its section \"{Section}\" is not an object; write {{ \"{Section}\": {{ … }} }}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be read: {exception.Message}; make it readable or remove it");
        }
    }

    private void Add(string path, JsonProperty property)
    {
        string origin = $"\"{property.Name}\" in {path}";
        // Ignoring a mistyped name would leave a limit or the token at its default in silence.
        if (!SettingsTable.Rows.Any(row => row.Key.Equals(property.Name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new UsageException($"{origin} is not a setting; see --help for the names");
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
        _ => throw new UsageException(
            $"{origin} is {value.ValueKind.ToString().ToLowerInvariant()}; use a string, a number, true, false or an array of them"),
    };
}
