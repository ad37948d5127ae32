using System.Security.Claims;
using MessageQueue.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Connections;

/// <summary>Asks the app's delegates. A missing delegate means no, and so does one that throws.</summary>
internal sealed class AppPermissions(MessageQueueOptions options, ILogger logger) : IPermissions
{
    /// <summary>The check of a server that allows every emit. It is recognised, so that the hot path need not call it.</summary>
    public static readonly Func<EmitRequest, ValueTask<bool>> EveryEmit = static _ => ValueTask.FromResult(true);

    /// <inheritdoc />
    public bool EveryoneMayEmit { get; } = options.AuthorizeEmit == EveryEmit;

    /// <inheritdoc />
    public ValueTask<bool> MayJoinAsync(string ns, string? session, string room, ClaimsPrincipal? user = null) =>
        AskAsync(options.AuthorizeJoin, new JoinRequest(ns, session, room) { User = user! });

    /// <inheritdoc />
    public ValueTask<bool> MayEmitAsync(
        string ns, string? session, string eventName, IReadOnlyList<string> to, bool isVolatile, ClaimsPrincipal? user = null) =>
        AskAsync(options.AuthorizeEmit, new EmitRequest(ns, session, eventName, to) { User = user!, Volatile = isVolatile });

    /// <summary>Whether the client may connect.</summary>
    public ValueTask<bool> MayConnectAsync(ConnectRequest request) => AskAsync(options.AuthorizeConnect, request);

    /// <summary>Whether the app allows any operators.</summary>
    public bool HasOperators => options.AuthorizeOperate is not null;

    /// <summary>Whether the request may inspect the server, or end a session.</summary>
    public ValueTask<bool> MayOperateAsync(OperateRequest request) => AskAsync(options.AuthorizeOperate, request);

    private async ValueTask<bool> AskAsync<T>(Func<T, ValueTask<bool>>? authorize, T request)
    {
        if (authorize is null)
        {
            return false;
        }

        try
        {
            return await authorize(request).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The app's code runs for one client here: what it throws costs that client only.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            HostingLog.AuthorizationFailed(logger, exception, typeof(T).Name);
            return false;
        }
    }
}
