using MessageQueue.Pipeline;

namespace MessageQueue.Connections;

/// <summary>What the connections of every dialect of a server have in common.</summary>
/// <param name="Broker">The log and the sessions.</param>
/// <param name="Permissions">What clients may do.</param>
/// <param name="Events">What the embedding app does for them.</param>
internal sealed record ConnectionServices(Broker Broker, IPermissions Permissions, ISessionEvents Events);
