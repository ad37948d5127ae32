namespace MessageQueue.Host.Settings;

/// <summary>Reads a value; false where the text is not one.</summary>
internal delegate bool TryParse<T>(string text, out T value);
