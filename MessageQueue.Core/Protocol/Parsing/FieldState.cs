namespace MessageQueue.Protocol.Parsing;

/// <summary>
/// The result of reading one field of a message. Everything above <see cref="Valid"/> is an error. Whether it counts depends on the type of
/// the message.
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
