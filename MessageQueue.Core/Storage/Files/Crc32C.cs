using System.Buffers.Binary;
using System.Numerics;

namespace MessageQueue.Storage.Files;

/// <summary>CRC-32C (Castagnoli) without a final inversion, so that it can be continued over several spans.</summary>
internal static class Crc32C
{
    /// <summary>The seed for headers. The seed for records is the salt of their segment.</summary>
    public const uint Seed = 0xFFFFFFFF;

    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        int index = 0;
        for (; index <= data.Length - sizeof(ulong); index += sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data[index..]));
        }

        for (; index < data.Length; index++)
        {
            crc = BitOperations.Crc32C(crc, data[index]);
        }

        return crc;
    }
}
