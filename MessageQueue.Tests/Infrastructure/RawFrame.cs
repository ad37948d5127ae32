using System.Buffers.Binary;
using System.Text;

namespace MessageQueue.Tests.Infrastructure;

/// <summary>A frame as it came, its first byte unparsed.</summary>
internal sealed record RawFrame(byte First, byte[] Payload)
{
    public int Opcode => First & 0xF;

    public string Text => Encoding.UTF8.GetString(Payload);

    public int CloseCode => BinaryPrimitives.ReadUInt16BigEndian(Payload);

    public string CloseReason => Encoding.UTF8.GetString(Payload.AsSpan(2));
}
