namespace MessageQueue.Host.Settings;

/// <summary>The values that one source has for one setting.</summary>
/// <param name="Origin">
/// The setting and its source, for messages: <c>--url</c>, <c>MESSAGEQUEUE_URL</c>, <c>"Url" in /srv/appsettings.json</c>.
/// </param>
/// <param name="Values">The values as text.</param>
internal sealed record SettingInput(string Origin, IReadOnlyList<string> Values)
{
    /// <summary>Returns the value of a setting that takes one.</summary>
    /// <exception cref="UsageException">There are several values, and none of them is preferred.</exception>
    public string Single() =>
        Values.Count == 1 ? Values[0] : throw new UsageException($"{Origin} has {Values.Count} values; give it one");

    /// <summary>Reads one of the values.</summary>
    /// <exception cref="UsageException">The value is not allowed.</exception>
    public T Parse<T>(string text, ValueKind<T> kind, bool secret) =>
        kind.TryParse(text, out T value)
            ? value
            : throw new UsageException($"{Origin}: {(secret ? "the value" : $"'{text}'")} is not allowed; use {kind.Allowed}");
}
