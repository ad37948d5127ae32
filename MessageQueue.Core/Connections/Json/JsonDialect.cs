using System.Text;
using MessageQueue.Protocol;
using MessageQueue.Transport;
using Microsoft.Extensions.ObjectPool;

namespace MessageQueue.Connections.Json;

/// <summary>What all connections of a server that speak the JSON protocol share.</summary>
/// <param name="services">The shared services of the server.</param>
/// <param name="serverName">The server's name and version.</param>
internal sealed class JsonDialect(ConnectionServices services, string serverName)
{
    /// <summary>The shared services of the server.</summary>
    public ConnectionServices Services { get; } = services;

    /// <summary>The server's name and version, UTF-8.</summary>
    public byte[] ServerName { get; } = Encoding.UTF8.GetBytes(serverName);

    /// <summary>The id by which clients know the log, UTF-8.</summary>
    public byte[] LogId { get; } = Encoding.UTF8.GetBytes($"{services.Broker.LogIdentity.Id:n}");

    /// <summary>The logs that it began as a copy of, as JSON; empty if there are none.</summary>
    public byte[] Continues { get; } = ContinuedLog.WriteArray(
        [.. services.Broker.LogIdentity.Origins.Select(static origin => new ContinuedLog($"{origin.Id:n}", origin.UpTo))]);

    /// <summary>The frames of events. For the apply loop only.</summary>
    public JsonEventFrames Frames { get; } = new(services.Broker.Dialects);

    /// <summary>Requests for connections to fill while messages arrive on them.</summary>
    public ObjectPool<ClientRequest> Requests { get; } = ObjectPool.Create<ClientRequest>();

    /// <summary>Builds answers. For the apply loop only.</summary>
    public FrameBuilder Answers { get; } = new();
}
