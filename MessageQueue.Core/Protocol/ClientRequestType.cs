namespace MessageQueue.Protocol;

/// <summary>What a client can ask for.</summary>
internal enum ClientRequestType : byte
{
    Emit,
    Join,
    Leave,
    Ack,
    Nack,
    End,
    Ping,
}
