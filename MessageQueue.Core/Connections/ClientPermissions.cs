using System.Security.Claims;
using System.Text;
using MessageQueue.Protocol;

namespace MessageQueue.Connections;

/// <summary>Checks whether one client may do what its messages ask for.</summary>
internal sealed class ClientPermissions(IPermissions permissions, string ns, string session, ClaimsPrincipal user)
{
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
