namespace MessageQueue.SocketIO.Packets;

/// <summary>The arguments of an event or of an answer, as the JSON text between the brackets of their array.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Text">The text: <c>1</c> for one argument, <c>1,"a"</c> for two; empty for none.</param>
internal readonly record struct ArgumentList(int Count, ReadOnlyMemory<byte> Text);
