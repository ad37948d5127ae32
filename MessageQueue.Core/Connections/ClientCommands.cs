using System.Text;
using MessageQueue.Commands;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.State;
using MessageQueue.State.Records;

namespace MessageQueue.Connections;

/// <summary>
/// Turns the messages of one session into commands. It reads only what never changes in the session, so it may be used outside the apply
/// loop.
/// </summary>
internal sealed class ClientCommands(SessionState session, BrokerLimits limits, ISessionEvents events)
{
    private readonly byte[] _namespace = Encoding.UTF8.GetBytes(session.Namespace.Name);
    private readonly byte[] _from = session.AddressUtf8;
    private readonly long[] _itself = [session.Id];

    /// <summary>
    /// Returns the command for this message, which must not be an acknowledgement. The command keeps no reference to the message's memory.
    /// </summary>
    public Command Encode(ClientRequest message, ICommandOrigin origin)
    {
        byte[] reference = message.Reference.ToArray();
        return message.Type switch
        {
            ClientRequestType.Emit => new Command(
                message.Volatile ? CommandKind.VolatileEmit : CommandKind.Emit, Emit(message), origin, reference),
            ClientRequestType.Join => new Command(CommandKind.Join, Room(message, limits.MaxRoomsPerSession), origin, reference),
            ClientRequestType.Leave => new Command(CommandKind.Leave, Room(message, limits.MaxLeftRoomsPerSession), origin, reference),
            ClientRequestType.Watch => new Command(CommandKind.Watch, message.Room.ToArray(), origin, reference),
            ClientRequestType.Unwatch => new Command(CommandKind.Unwatch, message.Room.ToArray(), origin, reference),
            ClientRequestType.Show => new Command(CommandKind.Show, message.Data.ToArray(), origin, reference),
            ClientRequestType.End => new Command(
                CommandKind.End, new EndRecord(_itself[0], IfDetachedSince: 0).Encode(), origin, reference),
            // A new token was checked before; only its answer keeps its place.
            ClientRequestType.Token => new Command(CommandKind.Token, default, origin, reference),
            ClientRequestType.Ping => new Command(CommandKind.Ping, default, origin, reference),
            _ => throw new ArgumentOutOfRangeException(nameof(message), message.Type, "This message is no command."),
        };
    }

    private ReadOnlyMemory<byte> Emit(ClientRequest message)
    {
        EmitRecord record = Record(message);
        Memory<byte> payload = PayloadSlab.Take(record.MeasureBytes());
        record.Encode(payload.Span);
        return payload;
    }

    private EmitRecord Record(ClientRequest message) => new()
    {
        Namespace = _namespace,
        SenderId = _itself[0],
        From = _from,
        Reference = message.DeduplicatesByReference ? message.Reference.Span : default,
        Event = message.Event.Span,
        Data = message.Data.Span,
        HasSeveralArguments = message.HasSeveralArguments,
        To = message.To,
        Except = message.Echo ? [] : _itself,
        TimeToLive = message.TimeToLive ?? 0,
        ExpectsReply = false,
        IsObserved = events.Observes(session.Namespace.Name),
        User = default,
        IsUserLeftOut = false,
        IsOwnKey = false,
        Cause = default,
        Trace = message.Trace.Span,
    };

    private byte[] Room(ClientRequest message, int limit) => RoomRecord.Encode(_itself[0], limit, message.Room.Span);
}
