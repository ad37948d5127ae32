using System.Security.Claims;
using MessageQueue.Connections;
using MessageQueue.Transport;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.SocketIO.Engine;

/// <summary>What a handler can do with its Engine.IO connection: see <see cref="EngineConnection"/>.</summary>
internal interface IEngineConnection : IConnectionOutput
{
    /// <summary>
    /// The request that carries the message that is being handled. Only for use until the call of the handler completes, as a request of
    /// polling is over then.
    /// </summary>
    HttpContext Request { get; }

    /// <summary>The user of the handshake; one without identity if there is none.</summary>
    ClaimsPrincipal User { get; }

    /// <summary>The rate limit of the connection, which counts messages of all its namespaces; null for none.</summary>
    MessageRate? Rate { get; }

    /// <summary>
    /// Writes and flushes a ping now, unless an earlier one is unanswered. Returns whether it did. Calls
    /// <see cref="IEngineHandler.OnPinging"/> before. May be called on any thread, also by the handler.
    /// </summary>
    bool TryPing();
}
