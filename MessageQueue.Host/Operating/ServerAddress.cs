using MessageQueue.Client;

namespace MessageQueue.Host.Operating;

/// <summary>The server that a command speaks to.</summary>
/// <param name="Url">Its address, without a slash at the end.</param>
/// <param name="Token">The token; null for none.</param>
internal sealed record ServerAddress(string Url, string? Token)
{
    /// <summary>Creates a client for requests without a session.</summary>
    public MessageQueueHttpClient CreateClient() => new(Url, Token);
}
