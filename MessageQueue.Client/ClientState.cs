namespace MessageQueue.Client;

/// <summary>The state of a client at one moment.</summary>
/// <param name="Status">What it is doing.</param>
/// <param name="Reason">Why it waits or is closed; null otherwise.</param>
/// <param name="Until">When it connects again; null unless it waits.</param>
/// <param name="CloseCode">The close code of the server; null where there was none.</param>
public sealed record ClientState(ClientStatus Status, string? Reason = null, DateTimeOffset? Until = null, int? CloseCode = null)
{
    /// <summary>
    /// Why no connection was made: a code of <see cref="MessageQueueClientException"/>, or <c>forbidden</c>; null otherwise.
    /// </summary>
    public string? Code { get; init; }
}
