namespace MessageQueue.Protocol.Parsing;

/// <summary>
/// The fields that a message from a client may have. <c>id</c> is two of them: what it has to be depends on the type, which may come after it.
/// </summary>
internal enum MessageField : byte
{
    None,
    Type,

    /// <summary><c>id</c> as the client's own reference, a string.</summary>
    Reference,

    /// <summary><c>id</c> as one event number or an array of them.</summary>
    Numbers,
    Event,
    Data,
    To,
    Room,
    Echo,
    Volatile,
    TimeToLive,
    UpTo,
    Delay,
}
