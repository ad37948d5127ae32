using MessageQueue.Pipeline;
using MessageQueue.Tokens;

namespace MessageQueue.Connections;

/// <summary>The services that all connections of a server share, in every dialect.</summary>
/// <param name="Broker">The log and the sessions.</param>
/// <param name="Permissions">What clients may do.</param>
/// <param name="Events">The embedding app's handlers and notifications.</param>
internal sealed record ConnectionServices(Broker Broker, IPermissions Permissions, ISessionEvents Events)
{
    /// <summary>Checks the tokens of users; null where the app has set no keys.</summary>
    public TokenVerifier? Tokens { get; init; }
}
