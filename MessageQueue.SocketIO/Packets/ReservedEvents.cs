namespace MessageQueue.SocketIO.Packets;

/// <summary>
/// Names that no event of Socket.IO may have. A client that receives one closes its connection, so they are sent with a prefix.
/// </summary>
internal static class ReservedEvents
{
    /// <summary>Returns whether the name is reserved.</summary>
    public static bool Contains(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("connect"u8)
        || name.SequenceEqual("connect_error"u8)
        || name.SequenceEqual("disconnect"u8)
        || name.SequenceEqual("disconnecting"u8)
        || name.SequenceEqual("newListener"u8)
        || name.SequenceEqual("removeListener"u8);

    /// <summary>The prefix of a reserved name on the way to a client.</summary>
    public static ReadOnlySpan<byte> Prefix => "mq:"u8;
}
