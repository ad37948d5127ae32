namespace MessageQueue.Protocol.Parsing;

/// <summary>From the value of <c>type</c> to the type.</summary>
internal static class MessageTypes
{
    /// <summary>All of them, for a person who sent another.</summary>
    public const string All = "emit, join, leave, ack, nack, end, ping";

    /// <summary>The type of that name; false if there is none. Case-sensitive, as everything in the protocol.</summary>
    public static bool TryFind(ReadOnlySpan<byte> name, out ClientMessageType type)
    {
        ClientMessageType? found = name.Length switch
        {
            3 when name.SequenceEqual("ack"u8) => ClientMessageType.Ack,
            3 when name.SequenceEqual("end"u8) => ClientMessageType.End,
            4 when name.SequenceEqual("emit"u8) => ClientMessageType.Emit,
            4 when name.SequenceEqual("join"u8) => ClientMessageType.Join,
            4 when name.SequenceEqual("nack"u8) => ClientMessageType.Nack,
            4 when name.SequenceEqual("ping"u8) => ClientMessageType.Ping,
            5 when name.SequenceEqual("leave"u8) => ClientMessageType.Leave,
            _ => null,
        };
        type = found.GetValueOrDefault();
        return found.HasValue;
    }
}
