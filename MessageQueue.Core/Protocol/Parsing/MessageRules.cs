namespace MessageQueue.Protocol.Parsing;

/// <summary>
/// Checks that a message has the fields that its type requires. The first error in the order of <see cref="Envelope.Fields"/> is reported.
/// </summary>
internal static class MessageRules
{
    private const string AckNeedsOne = "an ack takes either `id` or `upTo`: ";

    /// <summary>Returns why the message is refused; null if it is valid.</summary>
    public static ProtocolError? Check(ClientRequest message, in FieldStates states, in MessageLimits limits)
    {
        FieldState type = states[Envelope.Type];
        if (type == FieldState.NotAllowed)
        {
            return new ProtocolError(ErrorCode.UnknownType, $"`type` is unknown: it has to be one of {MessageTypes.All}");
        }

        if (type != FieldState.Valid)
        {
            return Envelope.Fields[Envelope.Type].Describe(type, limits);
        }

        return message.Type == ClientRequestType.Ack ? CheckAck(message, states, limits) : CheckFields(message, states, limits);
    }

    private static ProtocolError? CheckFields(ClientRequest message, in FieldStates states, in MessageLimits limits)
    {
        ClientRequestType type = message.Type;
        foreach (int field in Envelope.RequiredBy(type))
        {
            if (states[field] != FieldState.Valid)
            {
                return Envelope.Fields[field].Describe(states[field], limits);
            }
        }

        foreach (int field in Envelope.OptionalFor(type))
        {
            if (states[field] > FieldState.Valid)
            {
                return Envelope.Fields[field].Describe(states[field], limits);
            }
        }

        bool hasArguments = type is ClientRequestType.Emit or ClientRequestType.Ack && message.HasSeveralArguments;
        return hasArguments && message.Data.Span is not [(byte)'[', ..]
            ? new ProtocolError(ErrorCode.BadMessage, "`data` has to be an array, because `args` is true: its entries are the arguments")
            : null;
    }

    private static ProtocolError? CheckAck(ClientRequest message, in FieldStates states, in MessageLimits limits)
    {
        bool hasId = states.Has(Envelope.Numbers);
        if (hasId == states.Has(Envelope.UpTo))
        {
            return new ProtocolError(ErrorCode.BadMessage, AckNeedsOne + (hasId ? "this has both" : "this has neither"));
        }

        ProtocolError? fault = CheckFields(message, states, limits);
        if (fault is null && states.Has(Envelope.Data) && message.Ids.Count != 1)
        {
            return new ProtocolError(ErrorCode.BadMessage, "`data` is not allowed here: it answers one event, so the ack needs one `id`");
        }

        return fault;
    }
}
