namespace MessageQueue.Protocol;

/// <summary>The types of request that a client can send.</summary>
internal enum ClientRequestType : byte
{
    Emit,
    Join,
    Leave,
    Watch,
    Unwatch,
    Show,
    Ack,
    Nack,
    End,
    Ping,
    Token,
}
