using System.Security.Claims;
using System.Text;
using MessageQueue.Protocol;
using MessageQueue.Tokens;

namespace MessageQueue.Connections;

/// <summary>Checks whether one client may do what its messages ask for.</summary>
internal sealed class ClientPermissions(IPermissions permissions, string ns, string session, ClaimsPrincipal user)
{
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

    /// <summary>Returns why the message is refused; null if it is allowed.</summary>
    public async ValueTask<ProtocolError?> FindRefusalAsync(ClientRequest message)
    {
        switch (message.Type)
        {
            case ClientRequestType.Emit when !permissions.EveryoneMayEmit:
                string[] to = [.. message.To.Select(static name => Encoding.UTF8.GetString(name.Span))];
                string eventName = Encoding.UTF8.GetString(message.Event.Span);
                bool mayEmit = await permissions.MayEmitAsync(ns, session, eventName, to, message.Volatile, user).ConfigureAwait(false);
                return mayEmit ? null : RequestErrors.EmitForbidden;

            case ClientRequestType.Join or ClientRequestType.Watch:
                string room = Encoding.UTF8.GetString(message.Room.Span);
                bool mayJoin = await permissions.MayJoinAsync(ns, session, room, user).ConfigureAwait(false);
                return mayJoin ? null
                    : message.Type == ClientRequestType.Join ? RequestErrors.JoinForbidden
                    : RequestErrors.WatchForbidden;

            default:
                return null;
        }
    }
}
