using System.Security.Claims;
using System.Text;
using MessageQueue.Protocol;
using MessageQueue.Protocol.Parsing;

namespace MessageQueue.Connections;

/// <summary>Asks whether one client may do what its messages ask for.</summary>
internal sealed class ClientPermissions(IPermissions permissions, string ns, string session, ClaimsPrincipal user)
{
    /// <summary>Why the message is refused; null if it is not.</summary>
    public async ValueTask<ProtocolError?> FindRefusalAsync(ClientMessage message)
    {
        switch (message.Type)
        {
            case ClientMessageType.Emit when !permissions.EveryoneMayEmit:
                string[] to = [.. message.To.Select(static name => Encoding.UTF8.GetString(name.Span))];
                string eventName = Encoding.UTF8.GetString(message.Event.Span);
                bool mayEmit = await permissions.MayEmitAsync(ns, session, eventName, to, message.Volatile, user).ConfigureAwait(false);
                return mayEmit ? null : new ProtocolError(ErrorCode.Forbidden, "emitting to these rooms is not allowed");

            case ClientMessageType.Join:
                string room = Encoding.UTF8.GetString(message.Room.Span);
                bool mayJoin = await permissions.MayJoinAsync(ns, session, room, user).ConfigureAwait(false);
                return mayJoin ? null : new ProtocolError(ErrorCode.Forbidden, "joining this room is not allowed");

            default:
                return null;
        }
    }
}
