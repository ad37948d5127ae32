using System.Text;
using MessageQueue.Commands;
using MessageQueue.Pipeline;
using MessageQueue.Protocol.Parsing;
using MessageQueue.State;
using MessageQueue.State.Records;

namespace MessageQueue.Connections;

/// <summary>Turns the messages of one session into commands. It knows of the session what never changes, so it may be used beside the apply loop.</summary>
internal sealed class ClientCommands(SessionState session, BrokerLimits limits, ISessionEvents events)
{
    private readonly byte[] _namespace = Encoding.UTF8.GetBytes(session.Namespace.Name);
    private readonly byte[] _from = session.AddressUtf8;
    private readonly long[] _itself = [session.Id];

    /// <summary>The command of this message, which must be none of the acknowledgements. It keeps nothing of the message's memory.</summary>
    public Command Encode(ClientMessage message, ICommandOrigin origin)
    {
        byte[] reference = message.Reference.ToArray();
        return message.Type switch
        {
            ClientMessageType.Emit => new Command(
                message.Volatile ? CommandKind.VolatileEmit : CommandKind.Emit, Emit(message), origin, reference),
            ClientMessageType.Join => new Command(CommandKind.Join, Room(message, limits.MaxRoomsPerSession), origin, reference),
            ClientMessageType.Leave => new Command(CommandKind.Leave, Room(message, limits.MaxLeftRoomsPerSession), origin, reference),
            ClientMessageType.End => new Command(CommandKind.End, new EndRecord(_itself[0], IfDetachedSince: 0).Encode(), origin, reference),
            ClientMessageType.Ping => new Command(CommandKind.Ping, default, origin, reference),
            _ => throw new ArgumentOutOfRangeException(nameof(message), message.Type, "This message is no command."),
        };
    }

    private byte[] Emit(ClientMessage message) => new EmitRecord
    {
        Namespace = _namespace,
        SenderId = _itself[0],
        From = _from,
        Reference = message.Reference.Span,
        Event = message.Event.Span,
        Data = message.Data.Span,
        To = message.To,
        Except = message.Echo ? [] : _itself,
        TimeToLive = message.TimeToLive ?? 0,
        IsObserved = events.Observes(session.Namespace.Name),
    }.Encode();

    private byte[] Room(ClientMessage message, int limit) => RoomRecord.Encode(_itself[0], limit, message.Room.Span);
}
