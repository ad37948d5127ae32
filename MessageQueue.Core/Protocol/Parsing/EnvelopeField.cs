namespace MessageQueue.Protocol.Parsing;

/// <summary>One field that a message from a client may have: a row of <see cref="Envelope"/>.</summary>
/// <param name="Key">Its key in the JSON object.</param>
/// <param name="Allowed">Describes its valid values, for the person who sent another.</param>
/// <param name="Read">Reads its value into the message.</param>
internal sealed record EnvelopeField(string Key, Func<MessageLimits, string> Allowed, EnvelopeField.Reader Read)
{
    /// <summary>Reads the value that the scanner is at, and leaves the scanner at its end, whatever it was.</summary>
    public delegate FieldState Reader(ref JsonScanner json, in MessageLimits limits, ClientRequest message);

    /// <summary>The types of message that need it.</summary>
    public ClientRequestType[] RequiredIn { get; init; } = [];

    /// <summary>The types of message that may have it. All others ignore it, faults included.</summary>
    public ClientRequestType[] OptionalIn { get; init; } = [];

    /// <summary>
    /// Describes a fault: which field, what is wrong, what is allowed. Nothing of the message is repeated: it could be anything, and long.
    /// </summary>
    public ProtocolError Describe(FieldState state, in MessageLimits limits) =>
        new(ErrorCode.BadMessage, $"`{Key}` {Fault(state)}: it has to be {Allowed(limits)}");

    private static string Fault(FieldState state) => state switch
    {
        FieldState.Missing => "is missing",
        FieldState.Mistyped => "has the wrong type",
        FieldState.Empty => "is empty",
        FieldState.TooLong => "is too long",
        FieldState.NotUnicode => "is not valid Unicode",
        FieldState.TooMany => "has too many entries",
        FieldState.OutOfRange => "is out of range",
        _ => "is not allowed",
    };
}
