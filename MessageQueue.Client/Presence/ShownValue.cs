namespace MessageQueue.Client.Presence;

/// <summary>What the session shows of itself, and who waits until it does.</summary>
/// <param name="Data">JSON text; empty for nothing.</param>
/// <param name="Done">Completes when the server shows this value, or one that has replaced it.</param>
internal sealed record ShownValue(byte[] Data, TaskCompletionSource Done);
