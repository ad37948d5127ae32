namespace MessageQueue.Host.Settings;

/// <summary>Reads a value; returns false where the text is not allowed.</summary>
internal delegate bool TryParse<T>(string text, out T value);
