namespace MessageQueue.Protocol.Parsing;

/// <summary>The <c>type</c> of a message from a client.</summary>
internal enum ClientMessageType : byte
{
    Emit,
    Join,
    Leave,
    Ack,
    Nack,
    End,
    Ping,
}
