namespace MessageQueue.Protocol.Parsing;

/// <summary>
/// What is known of one field of a message, before its type says whether that matters. Everything above <see cref="Valid"/> is a fault.
/// </summary>
internal enum FieldState : byte
{
    Missing,
    Valid,
    Mistyped,
    Empty,
    TooLong,
    NotUnicode,
    NotAllowed,
    TooMany,
    OutOfRange,
}
