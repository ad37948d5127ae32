using System.Security.Claims;
using System.Text;
using MessageQueue.Protocol;
using MessageQueue.Tokens;

namespace MessageQueue.Connections;

/// <summary>Checks whether one client may do what its messages ask for: by its token, or else by asking the app.</summary>
/// <param name="permissions">Asks the app.</param>
/// <param name="token">The token; null where the app decides.</param>
/// <param name="ns">The namespace.</param>
/// <param name="session">The session.</param>
/// <param name="user">The user.</param>
internal sealed class ClientPermissions(IPermissions permissions, TokenLease? token, string ns, string session, ClaimsPrincipal user)
{
    /// <summary>The user.</summary>
    public ClaimsPrincipal User { get; private set; } = user;

    /// <summary>Returns why the message is refused; null if it is allowed. Replaces the token, if that is what it asks for.</summary>
    public ValueTask<ProtocolError?> FindRefusalAsync(ClientRequest message) =>
        message.Type == ClientRequestType.Token ? RefreshAsync(message.Token)
        : token is null ? AskAsync(message)
        : new ValueTask<ProtocolError?>(FindRefusal(token.Grant, message));

    /// <summary>
    /// Returns why a client with a token may not do what its message asks for; null if it may. Allocates nothing, because it is called for
    /// every message.
    /// </summary>
    public static ProtocolError? FindRefusal(TokenGrant grant, ClientRequest message)
    {
        switch (message.Type)
        {
            case ClientRequestType.Emit:
                foreach (ReadOnlyMemory<byte> target in message.To)
                {
                    if (!grant.Emit.AllowsTarget(target.Span))
                    {
                        return RequestErrors.EmitForbidden;
                    }
                }

                return null;
            case ClientRequestType.Join:
                return grant.Join.AllowsTarget(message.Room.Span) ? null : RequestErrors.JoinForbidden;
            case ClientRequestType.Watch:
                return grant.Watch.AllowsTarget(message.Room.Span) ? null : RequestErrors.WatchForbidden;
            default:
                return null;
        }
    }

    private async ValueTask<ProtocolError?> RefreshAsync(ReadOnlyMemory<byte> replacement)
    {
        if (token is null)
        {
            return RequestErrors.NoToken;
        }

        ClaimsPrincipal before = token.Grant.User;
        ProtocolError? refusal = await token.RefreshAsync(replacement, ns, session).ConfigureAwait(false);
        if (User == before)
        {
            // Not if a middleware has set another.
            User = token.Grant.User;
        }

        return refusal;
    }

    private async ValueTask<ProtocolError?> AskAsync(ClientRequest message)
    {
        switch (message.Type)
        {
            case ClientRequestType.Emit when !permissions.EveryoneMayEmit:
                string[] to = [.. message.To.Select(static name => Encoding.UTF8.GetString(name.Span))];
                string eventName = Encoding.UTF8.GetString(message.Event.Span);
                bool mayEmit = await permissions.MayEmitAsync(ns, session, eventName, to, message.Volatile, User).ConfigureAwait(false);
                return mayEmit ? null : RequestErrors.EmitForbidden;

            case ClientRequestType.Join or ClientRequestType.Watch:
                string room = Encoding.UTF8.GetString(message.Room.Span);
                bool mayJoin = await permissions.MayJoinAsync(ns, session, room, User).ConfigureAwait(false);
                return mayJoin ? null
                    : message.Type == ClientRequestType.Join ? RequestErrors.JoinForbidden
                    : RequestErrors.WatchForbidden;

            default:
                return null;
        }
    }
}
