namespace MessageQueue.Protocol.Parsing;

/// <summary>
/// What is told to a person about a faulty field: which, what is wrong, what is allowed.
/// Nothing of the message is repeated: it could be anything, and long.
/// </summary>
internal static class FieldErrors
{
    /// <summary>The error for that state of that field.</summary>
    public static ProtocolError Describe(MessageField field, FieldState state, in MessageLimits limits) =>
        new(ErrorCode.BadMessage, $"`{Key(field)}` {Fault(state)}: it has to be {Allowed(field, limits)}");

    private static string Key(MessageField field) => field switch
    {
        MessageField.Type => "type",
        MessageField.Event => "event",
        MessageField.To => "to",
        MessageField.Room => "room",
        MessageField.Echo => "echo",
        MessageField.Volatile => "volatile",
        MessageField.TimeToLive => "ttl",
        MessageField.UpTo => "upTo",
        MessageField.Delay => "delay",
        _ => "id",
    };

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

    private static string Allowed(MessageField field, in MessageLimits limits) => field switch
    {
        MessageField.Type => $"one of {MessageTypes.All}",
        MessageField.Numbers => $"an event's number, 1 to {JsonScanner.MaxSafeInteger}, or an array of 1 to {limits.Numbers} of them",
        MessageField.To => $"a room, \"*\" or \"@SESSION\", each name 1 to {Names.MaxNameCharacters} characters, or an array of 1 to {limits.Rooms} of these",
        MessageField.Room => $"a string of 1 to {Names.MaxNameCharacters} characters, not \"*\" and not starting with \"@\"",
        MessageField.Echo or MessageField.Volatile => "true or false",
        MessageField.TimeToLive => $"an integer, 1 to {JsonScanner.MaxSafeInteger} (milliseconds)",
        MessageField.UpTo => $"an event's number, 0 to {JsonScanner.MaxSafeInteger}",
        MessageField.Delay => $"an integer, 0 to {MessageReader.MaxDelay} (milliseconds)",
        _ => $"a string of 1 to {Names.MaxNameCharacters} characters",
    };
}
