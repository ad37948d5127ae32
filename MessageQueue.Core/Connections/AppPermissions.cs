using System.Security.Claims;
using MessageQueue.Diagnostics;
using MessageQueue.Protocol;
using MessageQueue.Tokens;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Connections;

/// <summary>
/// Decides by the token of a client, or else asks the app's delegates. A missing delegate means no, and so does one that throws.
/// </summary>
/// <param name="options">The delegates.</param>
/// <param name="logger">Gets the exceptions of delegates.</param>
/// <param name="tokens">Checks the tokens of users; null where the app has not set any keys.</param>
internal sealed class AppPermissions(MessageQueueOptions options, ILogger logger, TokenVerifier? tokens = null) : IPermissions
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

    /// <summary>Returns whether the client may connect, and as what.</summary>
    public ValueTask<Admission> AdmitAsync(ConnectRequest request) => AdmitAsync(request, publishes: false);

    /// <summary>Returns whether the client may publish an event without a connection, and as what.</summary>
    public ValueTask<Admission> AdmitPublisherAsync(ConnectRequest request) => AdmitAsync(request, publishes: true);

    /// <summary>Whether the app allows any operators.</summary>
    public bool HasOperators => options.AuthorizeOperate is not null || tokens is not null;

    /// <summary>Returns why the request may not inspect or change the server; null if it may.</summary>
    public async ValueTask<CloseReason?> FindOperatorRefusalAsync(OperateRequest request)
    {
        if (tokens is null || !TokenVerifier.IsJwt(request.Token))
        {
            return await AskAsync(options.AuthorizeOperate, request).ConfigureAwait(false) ? null : CloseReason.OperatorNotAllowed;
        }

        TokenResult result = await tokens.VerifyAsync(request.Token).ConfigureAwait(false);
        return result.Grant is not { } grant ? Admission.Of(result.Error!).Refusal
            : (request.IsWrite ? grant.MayWrite : grant.MayRead) ? null
            : Admission.Of(TokenError.NoOperator).Refusal;
    }

    private async ValueTask<Admission> AdmitAsync(ConnectRequest request, bool publishes)
    {
        if (tokens is null || !TokenVerifier.IsJwt(request.Token))
        {
            bool mayConnect = await AskAsync(options.AuthorizeConnect, request).ConfigureAwait(false);
            return mayConnect ? new Admission(null, request.Session) : new Admission(CloseReason.NotAllowed);
        }

        TokenResult result = await tokens.VerifyAsync(request.Token).ConfigureAwait(false);
        if (result.Grant is not { } grant)
        {
            return Admission.Of(result.Error!);
        }

        string? session = request.Session ?? grant.OnlySession;
        TokenError? error = publishes
            ? grant.FindPublishRefusal(request.Namespace, session)
            : grant.FindRefusal(request.Namespace, session);
        return error is null ? new Admission(null, session, grant) : Admission.Of(error);
    }

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
