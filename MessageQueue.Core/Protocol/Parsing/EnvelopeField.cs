namespace MessageQueue.Protocol.Parsing;

/// <summary>One field that a client's message may have: a row of <see cref="Envelope"/>.</summary>
/// <param name="Key">Its key in the JSON object.</param>
/// <param name="Allowed">Describes the valid values, for a person who sent another one.</param>
/// <param name="Read">Reads its value into the message.</param>
internal sealed record EnvelopeField(string Key, Func<MessageLimits, string> Allowed, EnvelopeField.Reader Read)
{
    /// <summary>Reads the value at which the scanner is, and leaves the scanner at the end of the value in every case.</summary>
    public delegate FieldState Reader(ref JsonScanner json, in MessageLimits limits, ClientRequest message);

    /// <summary>The types of message that require it.</summary>
    public ClientRequestType[] RequiredIn { get; init; } = [];

    /// <summary>The types of message that may have it. All others ignore it, even if its value is wrong.</summary>
    public ClientRequestType[] OptionalIn { get; init; } = [];

    /// <summary>
    /// Describes an error: which field, what is wrong, what is allowed. Repeats no part of the message, which could be long and hold
    /// anything.
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
