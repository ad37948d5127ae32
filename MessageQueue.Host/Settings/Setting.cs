namespace MessageQueue.Host.Settings;

/// <summary>One row of <see cref="SettingsTable"/>: what a setting is called in each of its sources, how it is explained, and what it changes.</summary>
internal sealed class Setting
{
    private readonly Action<HostSettings, SettingInput> _apply;

    private Setting(string name, string placeholder, string description, Action<HostSettings, SettingInput> apply)
    {
        (Name, Placeholder, Description, _apply) = (name, placeholder, description, apply);
        Key = string.Concat(name.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
    }

    /// <summary>As in <c>max-message-bytes</c>.</summary>
    public string Name { get; }

    /// <summary>On the command line: <c>--max-message-bytes</c>.</summary>
    public string Option => "--" + Name;

    /// <summary>In the environment: <c>MESSAGEQUEUE_MAX_MESSAGE_BYTES</c>.</summary>
    public string Variable => "MESSAGEQUEUE_" + Name.ToUpperInvariant().Replace('-', '_');

    /// <summary>In the file: <c>MaxMessageBytes</c>.</summary>
    public string Key { get; }

    /// <summary>What stands for the value in the help.</summary>
    public string Placeholder { get; }

    /// <summary>The help.</summary>
    public string Description { get; }

    /// <summary>Whether it may be given without a value, which then is true.</summary>
    public bool IsFlag { get; private init; }

    /// <summary>Whether it takes several values.</summary>
    public bool IsList { get; private init; }

    /// <summary>A setting with one value.</summary>
    /// <param name="name">Its name on the command line, without dashes; the other names follow from it.</param>
    /// <param name="kind">What is allowed.</param>
    /// <param name="get">Reads the default for the help; null where the description tells it, or there is none.</param>
    /// <param name="set">Applies it.</param>
    /// <param name="description">The help. Must not speak of what is allowed when that follows from the kind.</param>
    /// <param name="secret">Whether the value must not be shown, whatever is wrong with it.</param>
    public static Setting One<T>(
        string name, ValueKind<T> kind, Func<HostSettings, T>? get, Action<HostSettings, T> set, string description, bool secret = false)
    {
        string help = get is null ? description : $"{description} Default {kind.Format(get(new HostSettings()))}.";
        return new(name, kind.Placeholder, help, (settings, input) => set(settings, input.Parse(input.Single(), kind, secret)))
        {
            IsFlag = typeof(T) == typeof(bool),
        };
    }

    /// <summary>A setting with any number of values.</summary>
    public static Setting Many<T>(string name, ValueKind<T> kind, Action<HostSettings, IReadOnlyList<T>> set, string description) =>
        new(name, kind.Placeholder, description, (settings, input) => set(settings, [.. input.Values.Select(value => input.Parse(value, kind, false))]))
        {
            IsList = true,
        };

    /// <summary>Checks what was given and puts it into <paramref name="settings"/>.</summary>
    /// <exception cref="UsageException">The value is not allowed.</exception>
    public void Apply(HostSettings settings, SettingInput input) => _apply(settings, input);
}
