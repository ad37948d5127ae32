namespace MessageQueue.Protocol.Parsing;

/// <summary>What each type demands of its fields. The first fault in the order of the tables is told, whatever the order in the text.</summary>
internal static class MessageRules
{
    private const string AckNeedsOne = "an ack takes either `id` or `upTo`: ";

    private static ReadOnlySpan<MessageField> EmitOptional =>
        [MessageField.To, MessageField.Reference, MessageField.Echo, MessageField.Volatile, MessageField.TimeToLive];

    /// <summary>Why the message cannot be accepted; null if it can.</summary>
    public static ProtocolError? Check(ClientRequest message, in FieldStates states, in MessageLimits limits)
    {
        FieldState type = states[(int)MessageField.Type];
        if (type == FieldState.NotAllowed)
        {
            return new ProtocolError(ErrorCode.UnknownType, $"`type` is unknown: it has to be one of {MessageTypes.All}");
        }

        if (type != FieldState.Valid)
        {
            return FieldErrors.Describe(MessageField.Type, type, limits);
        }

        return message.Type switch
        {
            ClientRequestType.Emit => First(MessageField.Event, EmitOptional, states, limits),
            ClientRequestType.Join or ClientRequestType.Leave => First(MessageField.Room, [MessageField.Reference], states, limits),
            ClientRequestType.Ack => CheckAck(message, states, limits),
            ClientRequestType.Nack => First(MessageField.Numbers, [MessageField.Delay], states, limits),
            _ => First(MessageField.None, [MessageField.Reference], states, limits),
        };
    }

    private static ProtocolError? First(MessageField required, ReadOnlySpan<MessageField> optional, in FieldStates states, in MessageLimits limits)
    {
        if (required != MessageField.None && states[(int)required] != FieldState.Valid)
        {
            return FieldErrors.Describe(required, states[(int)required], limits);
        }

        foreach (MessageField field in optional)
        {
            if (states[(int)field] > FieldState.Valid)
            {
                return FieldErrors.Describe(field, states[(int)field], limits);
            }
        }

        return null;
    }

    private static ProtocolError? CheckAck(ClientRequest message, in FieldStates states, in MessageLimits limits)
    {
        bool hasId = states.Has(MessageField.Numbers);
        if (hasId == states.Has(MessageField.UpTo))
        {
            return new ProtocolError(ErrorCode.BadMessage, AckNeedsOne + (hasId ? "this has both" : "this has neither"));
        }

        ProtocolError? fault = First(hasId ? MessageField.Numbers : MessageField.UpTo, [], states, limits);
        if (fault is null && states.Has(MessageField.Data) && message.Ids.Count != 1)
        {
            return new ProtocolError(ErrorCode.BadMessage, "`data` is not allowed here: it answers one event, so the ack needs one `id`");
        }

        return fault;
    }
}
