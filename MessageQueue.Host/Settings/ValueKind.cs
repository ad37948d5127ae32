namespace MessageQueue.Host.Settings;

/// <summary>How values of one kind are read and written, the same for all sources.</summary>
/// <param name="Placeholder">The placeholder in the help, for example <c>N</c>.</param>
/// <param name="Allowed">The values that are allowed, as a message names them after the word "use".</param>
/// <param name="TryParse">Reads a value.</param>
/// <param name="Format">Writes a value, for the default in the help.</param>
internal sealed record ValueKind<T>(string Placeholder, string Allowed, TryParse<T> TryParse, Func<T, string> Format);
