using MessageQueue.Connections;
using MessageQueue.Protocol;
using MessageQueue.SocketIO.Engine;
using MessageQueue.Transport;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.SocketIO.Connections;

/// <summary>What all connections of a server that speak Socket.IO share.</summary>
/// <param name="services">The shared services of the server.</param>
/// <param name="admit">Decides whether a client may connect to a namespace, and as which session.</param>
/// <param name="options">The options, checked.</param>
/// <param name="timeProvider">The server's clock.</param>
internal sealed class SocketIODialect(
    ConnectionServices services, Func<ConnectRequest, ValueTask<Admission>> admit, SocketIOOptions options,
    TimeProvider? timeProvider = null) : IEngineAcceptor
{
    /// <summary>The shared services of the server.</summary>
    public ConnectionServices Services { get; } = services;

    /// <summary>The options.</summary>
    public SocketIOOptions Options { get; } = options;

    /// <summary>The server's clock.</summary>
    public TimeProvider TimeProvider { get; } = timeProvider ?? TimeProvider.System;

    /// <summary>Reads requests.</summary>
    public RequestReader Reader { get; } = new(options, services.Broker.Limits, hasTokens: services.Tokens is not null);

    /// <summary>The pages that are connected, and those that were lately.</summary>
    public PageLives Pages { get; } = new();

    /// <summary>The frames of events. For the apply loop only.</summary>
    public SocketIOEventFrames Frames { get; } = new(services.Broker.Dialects, options.ConnectionStateRecovery);

    /// <summary>Builds answers. For the apply loop only.</summary>
    public FrameBuilder Answers { get; } = new();

    /// <summary>Returns whether a client may connect to a namespace, and as which session.</summary>
    public ValueTask<Admission> AdmitAsync(ConnectRequest request) => admit(request);

    /// <summary>Returns whether there is a namespace of this name for clients.</summary>
    public bool HasNamespace(string name) =>
        Options.AllowAnyNamespace || name == NamespacePath.Default || Services.Events.HasNamespace(name);

    /// <summary>Returns what a client said when it joined a namespace; null where nobody asks for it.</summary>
    public Handshake? HandshakeOf(HttpContext context, string ns, ReadOnlySpan<byte> auth)
    {
        if (!Services.Events.HasNamespace(ns))
        {
            return null;
        }

        DateTimeOffset now = TimeProvider.GetUtcNow();
        return Handshake.Of(context, now).With(auth, now);
    }

    /// <inheritdoc />
    public IEngineHandler Accept(EngineConnection connection) => new SocketIOConnection(this, connection);
}
