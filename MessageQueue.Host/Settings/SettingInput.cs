namespace MessageQueue.Host.Settings;

/// <summary>What one source gave for one setting.</summary>
/// <param name="Origin">The setting and where it stood, for the user to find it: <c>--url</c>, <c>MESSAGEQUEUE_URL</c>, <c>"Url" in /srv/appsettings.json</c>.</param>
/// <param name="Values">The values as text.</param>
internal sealed record SettingInput(string Origin, IReadOnlyList<string> Values)
{
    /// <summary>The value of a setting that has one.</summary>
    /// <exception cref="UsageException">There are several, and taking either would be a guess.</exception>
    public string Single() =>
        Values.Count == 1 ? Values[0] : throw new UsageException($"{Origin} has {Values.Count} values; give it one");

    /// <summary>Reads one of the values.</summary>
    /// <exception cref="UsageException">It is not allowed.</exception>
    public T Parse<T>(string text, ValueKind<T> kind, bool secret) =>
        kind.TryParse(text, out T value) ? value : throw new UsageException($"{Origin}: {(secret ? "the value" : $"'{text}'")} is not allowed; use {kind.Allowed}");
}
