namespace MessageQueue.Protocol.Parsing;

/// <summary>From the value of <c>type</c> to the type.</summary>
internal static class MessageTypes
{
    /// <summary>All of them, for a person who sent another.</summary>
    public const string All = "emit, join, leave, ack, nack, end, ping";

    /// <summary>The type of that name; false if there is none. Case-sensitive, as everything in the protocol.</summary>
    public static bool TryFind(ReadOnlySpan<byte> name, out ClientRequestType type)
    {
        ClientRequestType? found = name.Length switch
        {
            3 when name.SequenceEqual("ack"u8) => ClientRequestType.Ack,
            3 when name.SequenceEqual("end"u8) => ClientRequestType.End,
            4 when name.SequenceEqual("emit"u8) => ClientRequestType.Emit,
            4 when name.SequenceEqual("join"u8) => ClientRequestType.Join,
            4 when name.SequenceEqual("nack"u8) => ClientRequestType.Nack,
            4 when name.SequenceEqual("ping"u8) => ClientRequestType.Ping,
            5 when name.SequenceEqual("leave"u8) => ClientRequestType.Leave,
            _ => null,
        };
        type = found.GetValueOrDefault();
        return found.HasValue;
    }
}
