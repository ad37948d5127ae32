namespace MessageQueue.SocketIO.Packets;

/// <summary>The types of packets of Socket.IO 5. The values are the digits with which packets start.</summary>
internal enum PacketType : byte
{
    /// <summary>Joins a namespace, or tells the client that it has joined.</summary>
    Connect = 0,

    /// <summary>Leaves a namespace.</summary>
    Disconnect = 1,

    /// <summary>An event.</summary>
    Event = 2,

    /// <summary>The answer to an event that has an id.</summary>
    Ack = 3,

    /// <summary>Tells the client that it cannot join a namespace.</summary>
    ConnectError = 4,

    /// <summary>An event with binary attachments.</summary>
    BinaryEvent = 5,

    /// <summary>An answer with binary attachments.</summary>
    BinaryAck = 6,
}
