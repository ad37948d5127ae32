using System.Buffers.Binary;
using System.Text;

namespace MessageQueue.Tests.Infrastructure;

/// <summary>A frame as it came, with its first byte as it is.</summary>
internal sealed record RawFrame(byte First, byte[] Payload)
{
    public int Opcode => First & 0xF;

    public string Text => Encoding.UTF8.GetString(Payload);

    public int CloseCode => BinaryPrimitives.ReadUInt16BigEndian(Payload);

    public string CloseReason => Encoding.UTF8.GetString(Payload.AsSpan(2));
}
