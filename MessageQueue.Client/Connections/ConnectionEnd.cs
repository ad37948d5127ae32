namespace MessageQueue.Client.Connections;

/// <summary>How a connection ended, or why it could not be made.</summary>
/// <param name="Reason">The server's reason, or what broke the connection.</param>
/// <param name="CloseCode">The server's close code; null where the connection broke without one.</param>
internal sealed record ConnectionEnd(string Reason, int? CloseCode = null)
{
    /// <summary>A code of <see cref="MessageQueueClientException"/>, where no connection was made; null otherwise.</summary>
    public string? Code { get; init; }

    /// <summary>Whether the client may not connect again by itself.</summary>
    public bool IsFinal => CloseCode is 1008 or 4001 or 4002;

    /// <summary>Whether the server asked for some time before the next attempt.</summary>
    public bool IsOverload => CloseCode is 1011 or 1013;
}
