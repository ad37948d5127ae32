namespace MessageQueue.Host.Settings;

/// <summary>How a value is written down, the same in each of the places it may come from.</summary>
/// <param name="Placeholder">What stands for it in the help, <c>N</c>.</param>
/// <param name="Allowed">What is allowed, to follow the word "use".</param>
/// <param name="TryParse">Reads it.</param>
/// <param name="Format">Writes it, for the default in the help.</param>
internal sealed record ValueKind<T>(string Placeholder, string Allowed, TryParse<T> TryParse, Func<T, string> Format);
