namespace MessageQueue.Host.Client;

/// <summary>A request to a server failed. The message says what is wrong, without advice.</summary>
internal sealed class ClientException(ClientError error, string message) : Exception(message)
{
    /// <summary>The cause.</summary>
    public ClientError Error { get; } = error;

    /// <summary>Says that nothing answers.</summary>
    public static ClientException Unreachable(ServerAddress address, string reason) =>
        new(ClientError.Unreachable, $"no server answers at {address.Root} ({reason})");

    /// <summary>Says that something else answers.</summary>
    public static ClientException NotAServer(ServerAddress address, int status) =>
        new(ClientError.NotAServer, $"{address.Root} is not a MessageQueue server: it answers with status {status}");

    /// <summary>Says that the connection broke before the answer.</summary>
    public static ClientException OutcomeUnknown(ServerAddress address, string reason) =>
        new(
            ClientError.OutcomeUnknown,
            $"the connection to {address.Root} broke, and whether the request was carried out is unknown ({reason})");

    /// <summary>Says that the token is wrong or missing, or that the app does not allow the request.</summary>
    public static ClientException NotAllowed(string reason) => new(ClientError.NotAllowed, $"the server refuses the request: {reason}");
}
