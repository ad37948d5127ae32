using MessageQueue.Protocol;

namespace MessageQueue.SocketIO.Connections;

/// <summary>What came of reading a packet into a request.</summary>
/// <param name="IsPacket">Whether the packet follows the protocol. If not, the connection is closed.</param>
/// <param name="Error">Why the request is refused; null if it is not.</param>
/// <param name="Rented">A buffer that the request uses, to be returned after it; null for none.</param>
internal readonly record struct ReadResult(bool IsPacket, ProtocolError? Error = null, byte[]? Rented = null);
