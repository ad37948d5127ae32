namespace MessageQueue.Host.Settings;

/// <summary>One row of <see cref="SettingsTable"/>: a setting's name in each source, its help, and the option that it sets.</summary>
internal sealed class Setting
{
    private readonly Action<HostSettings, SettingInput> _apply;

    private Setting(string name, string placeholder, string description, Action<HostSettings, SettingInput> apply)
    {
        (Name, Placeholder, Description, _apply) = (name, placeholder, description, apply);
        Key = string.Concat(name.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
    }

    /// <summary>The name, for example <c>max-message-bytes</c>.</summary>
    public string Name { get; }

    /// <summary>The name on the command line: <c>--max-message-bytes</c>.</summary>
    public string Option => "--" + Name;

    /// <summary>The name in the environment: <c>MESSAGEQUEUE_MAX_MESSAGE_BYTES</c>.</summary>
    public string Variable => "MESSAGEQUEUE_" + Name.ToUpperInvariant().Replace('-', '_');

    /// <summary>The name in the file: <c>MaxMessageBytes</c>.</summary>
    public string Key { get; }

    /// <summary>The placeholder for the value in the help.</summary>
    public string Placeholder { get; }

    /// <summary>The text in the help.</summary>
    public string Description { get; }

    /// <summary>Whether it may be given without a value, which means true.</summary>
    public bool IsFlag { get; private init; }

    /// <summary>Whether it takes several values.</summary>
    public bool IsList { get; private init; }

    /// <summary>Creates a setting with one value.</summary>
    /// <param name="name">Its name on the command line, without dashes; the other names follow from it.</param>
    /// <param name="kind">The values that are allowed.</param>
    /// <param name="get">Reads the default for the help; null where there is none, or where the description names it.</param>
    /// <param name="set">Applies the value.</param>
    /// <param name="description">The text in the help. Does not repeat what <paramref name="kind"/> allows.</param>
    /// <param name="secret">Whether error messages must not show the value.</param>
    public static Setting One<T>(
        string name, ValueKind<T> kind, Func<HostSettings, T>? get, Action<HostSettings, T> set, string description, bool secret = false)
    {
        string help = get is null ? description : $"{description} Default {kind.Format(get(new HostSettings()))}.";
        return new(name, kind.Placeholder, help, (settings, input) => set(settings, input.Parse(input.Single(), kind, secret)))
        {
            IsFlag = typeof(T) == typeof(bool),
        };
    }

    /// <summary>Creates a setting with any number of values.</summary>
    public static Setting Many<T>(string name, ValueKind<T> kind, Action<HostSettings, IReadOnlyList<T>> set, string description) =>
        new(name, kind.Placeholder, description, (settings, input) => set(settings, Parse(input, kind)))
        {
            IsList = true,
        };

    /// <summary>Checks the values that a source has, and sets them in <paramref name="settings"/>.</summary>
    /// <exception cref="UsageException">A value is not allowed.</exception>
    public void Apply(HostSettings settings, SettingInput input) => _apply(settings, input);

    private static T[] Parse<T>(SettingInput input, ValueKind<T> kind) =>
        [.. input.Values.Select(value => input.Parse(value, kind, secret: false))];
}
