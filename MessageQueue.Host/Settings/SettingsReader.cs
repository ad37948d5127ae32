namespace MessageQueue.Host.Settings;

/// <summary>
/// Reads each setting from the first source that has it: the command line, then the environment, then the file. Without one it keeps its
/// default.
/// </summary>
/// <param name="commandLine">Returns the values of a setting on the command line; null for none.</param>
/// <param name="environment">Returns the value of a variable; null for none.</param>
/// <param name="file">The settings file.</param>
internal sealed class SettingsReader(Func<Setting, SettingInput?> commandLine, Func<string, string?> environment, SettingsFile file)
{
    /// <summary>Reads every row of <see cref="SettingsTable"/>.</summary>
    /// <exception cref="UsageException">A value is not allowed, or two are not allowed together.</exception>
    public HostSettings Read()
    {
        HostSettings settings = new();
        foreach (Setting setting in SettingsTable.Rows)
        {
            if (Find(setting) is { } input)
            {
                setting.Apply(settings, input);
                settings.Given[setting.Name] = input.Origin;
            }
        }

        settings.SettingsFile = file.FullName;
        settings.Server.DataDirectory = Path.GetFullPath(settings.Server.DataDirectory);
        RefuseOpenServer(settings);
        return settings;
    }

    /// <summary>Returns the values of one setting; null where no source has it.</summary>
    public SettingInput? Find(Setting setting) => commandLine(setting) ?? FromEnvironment(setting) ?? file.Find(setting);

    private SettingInput? FromEnvironment(Setting setting)
    {
        // An empty variable counts as none: in many process managers this is the only way to unset one.
        string? text = environment(setting.Variable);
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        const StringSplitOptions Trimmed = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        return new SettingInput(setting.Variable, setting.IsList ? text.Split(',', Trimmed) : [text]);
    }

    private static void RefuseOpenServer(HostSettings settings)
    {
        bool isOpen = settings.Token is null && !settings.HasUserTokens && !settings.Insecure;
        if (isOpen && ListenAddress.TryParse(settings.Server.Url, out ListenAddress? address) && !address.IsLoopback)
        {
            throw new UsageException(
                $"{settings.Server.Url} can be reached from other machines and there is no token; "
                + "set --token (or MESSAGEQUEUE_TOKEN), or keys for users' tokens (--token-key), or --insecure to let everybody in");
        }
    }
}
