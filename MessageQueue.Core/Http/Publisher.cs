using System.Security.Claims;
using System.Text;
using MessageQueue.Commands;
using MessageQueue.Connections;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.Tokens;

namespace MessageQueue.Http;

/// <summary>
/// Emits events of clients without a connection, with the same permissions, queue and log as an <c>emit</c> on a connection. Thread-safe.
/// </summary>
internal sealed class Publisher(ConnectionServices services)
{
    private readonly Broker _broker = services.Broker;
    private readonly IPermissions _permissions = services.Permissions;

    /// <summary>Publishes one event. Completes when the event is durable or refused.</summary>
    /// <param name="parameters">The event's name, its rooms and its sender.</param>
    /// <param name="data">Its data as JSON text; empty for none.</param>
    /// <param name="user">The user who sent it, for the permissions.</param>
    /// <param name="grant">What its token allows; null where the app's delegates decide.</param>
    public async Task<PublishResult> PublishAsync(
        PublishParameters parameters, ReadOnlyMemory<byte> data, ClaimsPrincipal? user = null, TokenGrant? grant = null)
    {
        if (!await MayEmitAsync(parameters, user, grant).ConfigureAwait(false))
        {
            return new PublishResult(RequestErrors.EmitForbidden);
        }

        if (!parameters.IsVolatile && !_broker.HasRoom)
        {
            return new PublishResult(RequestErrors.DiskFull);
        }

        SessionState? sender = null;
        if (parameters.Session is not null)
        {
            sender = await FindSenderAsync(parameters.Namespace, parameters.Session).ConfigureAwait(false);
            if (sender is null)
            {
                return new PublishResult(RequestErrors.UnknownSender);
            }
        }

        bool isObserved = services.Events.Observes(parameters.Namespace);
        CommandKind kind = parameters.IsVolatile ? CommandKind.VolatileEmit : CommandKind.Emit;
        byte[] record = Encode(parameters, sender, data.Span, isObserved);
        Outcome? outcome = await CommandCompletion.SendAsync(_broker, kind, record).ConfigureAwait(false);
        return outcome switch
        {
            null => new PublishResult(RequestErrors.PublishOutcomeUnknown),
            { Kind: OutcomeKind.Applied or OutcomeKind.Duplicate } done => new PublishResult(
                null, done.EventId == 0 ? null : done.EventId, done.Kind == OutcomeKind.Duplicate),
            { Kind: OutcomeKind refused } => new PublishResult(OutcomeErrors.Of(refused, _broker.Limits)),
        };
    }

    private async ValueTask<bool> MayEmitAsync(PublishParameters parameters, ClaimsPrincipal? user, TokenGrant? grant) =>
        grant is not null
            ? parameters.To.All(target => grant.Emit.AllowsTarget(Encoding.UTF8.GetBytes(target)))
            : _permissions.EveryoneMayEmit
                || await _permissions.MayEmitAsync(
                    parameters.Namespace, parameters.Session, parameters.Event, parameters.To, parameters.IsVolatile, user)
                    .ConfigureAwait(false);

    private Task<SessionState?> FindSenderAsync(string ns, string session) =>
        _broker.AskAsync(state => state.Namespaces.GetValueOrDefault(ns)?.FindSession(session));

    // Runs beside the apply loop, so it reads only what never changes in a session. A session that ends meanwhile still counts as the
    // sender.
    private static byte[] Encode(
        PublishParameters parameters, SessionState? sender, ReadOnlySpan<byte> data, bool isObserved) => new EmitRecord
        {
            Namespace = Encoding.UTF8.GetBytes(parameters.Namespace),
            SenderId = sender?.Id ?? 0,
            From = sender is null ? [] : sender.AddressUtf8,
            Reference = Encoding.UTF8.GetBytes(parameters.Reference),
            Event = Encoding.UTF8.GetBytes(parameters.Event),
            Data = data,
            HasSeveralArguments = parameters.HasSeveralArguments,
            To = [.. parameters.To.Select(static target => new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(target)))],
            Except = sender is null || parameters.Echo ? [] : [sender.Id],
            TimeToLive = parameters.TimeToLive,
            ExpectsReply = false,
            IsObserved = isObserved,
            User = default,
            IsUserLeftOut = false,
            IsOwnKey = false,
            Cause = default,
            Trace = parameters.Trace.Span,
        }.Encode();
}
