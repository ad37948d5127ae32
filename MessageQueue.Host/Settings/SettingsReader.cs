namespace MessageQueue.Host.Settings;

/// <summary>Puts the settings together: the command line over the environment over the file over the defaults, each setting for itself.</summary>
/// <param name="commandLine">What the command line gave for a setting; null for nothing.</param>
/// <param name="environment">The value of a variable; null for none.</param>
/// <param name="file">The settings file.</param>
internal sealed class SettingsReader(Func<Setting, SettingInput?> commandLine, Func<string, string?> environment, SettingsFile file)
{
    /// <summary>Reads every row of <see cref="SettingsTable"/>.</summary>
    /// <exception cref="UsageException">A value is not allowed, or they are not allowed together.</exception>
    public HostSettings Read()
    {
        HostSettings settings = new();
        foreach (Setting setting in SettingsTable.Rows)
        {
            if (Find(setting) is { } input)
            {
                setting.Apply(settings, input);
            }
        }

        settings.Server.DataDirectory = Path.GetFullPath(settings.Server.DataDirectory);
        RefuseToBeOpenToAll(settings);
        return settings;
    }

    /// <summary>What was given for one setting; null for nothing.</summary>
    public SettingInput? Find(Setting setting) => commandLine(setting) ?? FromEnvironment(setting) ?? file.Find(setting);

    private SettingInput? FromEnvironment(Setting setting)
    {
        // An empty variable counts as none: it is the only way to take one back in many process managers. Variables of other names are not
        // looked at: Kubernetes puts MESSAGEQUEUE_PORT and the like into every container beside a service of that name.
        string? text = environment(setting.Variable);
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return new SettingInput(setting.Variable, setting.IsList ? text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [text]);
    }

    private static void RefuseToBeOpenToAll(HostSettings settings)
    {
        bool isOpen = settings.Token is null && !settings.Insecure;
        if (isOpen && ListenAddress.TryParse(settings.Server.Url, out ListenAddress? address) && !address.IsLoopback)
        {
            throw new UsageException($"{settings.Server.Url} can be reached from other machines and there is no token; set --token (or MESSAGEQUEUE_TOKEN), or --insecure to let everybody in");
        }
    }
}
