using System.Buffers.Binary;

namespace MessageQueue.Storage.Files;

/// <summary>
/// Encodes and decodes STORE. Version 1 has only the store's id and is used until the store is copied. Version 2 adds the id by which
/// clients know the log. Keep in sync with docs/log-format.md.
/// </summary>
internal static class StoreFileCodec
{
    public const int MaxBytes = OriginsOffset + (LogIdentity.MaxOrigins * OriginBytes) + 8;

    private const int MinBytes = 64;
    private const int LogOffset = 40;
    private const int CopiedUpToOffset = 56;
    private const int OriginCountOffset = 64;
    private const int OriginsOffset = 72;
    private const int OriginBytes = 24;
    private const uint CopyFlag = 1;

    private static ReadOnlySpan<byte> Magic => "MQSTORE\n"u8;

    /// <exception cref="LogDamagedException">The file is not as it was written.</exception>
    public static StoreFile Decode(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.Length < MinBytes || !bytes.StartsWith(Magic))
        {
            throw DamageMessages.OfFile(path, "it is not the file of a store");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[^sizeof(uint)..]) != Crc32C.Append(Crc32C.Seed, bytes[..^sizeof(uint)]))
        {
            throw DamageMessages.OfFile(path, "its checksum is wrong");
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (version is not (1 or 2))
        {
            throw new MessageQueueException($"'{path}' has format version {version}, and this build reads versions 1 and 2.");
        }

        if (bytes.Length != (version == 1 ? MinBytes : MaxBytes))
        {
            throw DamageMessages.OfFile(path, $"it does not have the length of format version {version}");
        }

        var store = new StoreFile(ReadId(bytes[16..]), BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]));
        return version == 1 ? store : store with { Log = DecodeLog(bytes, path), CopiedUpTo = DecodeCopiedUpTo(bytes) };
    }

    public static byte[] Encode(in StoreFile store)
    {
        bool isPlain = !store.IsCopy && store.Log.Id == store.Id && store.Log.Origins.Count == 0;
        byte[] bytes = new byte[isPlain ? MinBytes : MaxBytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), isPlain ? 1u : 2u);
        WriteId(bytes.AsSpan(16), store.Id);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), store.Created);
        if (!isPlain)
        {
            EncodeLog(bytes, store);
        }

        int crcOffset = bytes.Length - sizeof(uint);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(crcOffset), Crc32C.Append(Crc32C.Seed, bytes.AsSpan(0, crcOffset)));
        return bytes;
    }

    private static void EncodeLog(Span<byte> bytes, in StoreFile store)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], store.IsCopy ? CopyFlag : 0);
        WriteId(bytes[LogOffset..], store.Log.Id);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[CopiedUpToOffset..], store.CopiedUpTo ?? 0);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[OriginCountOffset..], store.Log.Origins.Count);
        for (int i = 0; i < store.Log.Origins.Count; i++)
        {
            Span<byte> origin = bytes.Slice(OriginsOffset + (i * OriginBytes), OriginBytes);
            WriteId(origin, store.Log.Origins[i].Id);
            BinaryPrimitives.WriteInt64LittleEndian(origin[16..], store.Log.Origins[i].UpTo);
        }
    }

    private static LogIdentity DecodeLog(ReadOnlySpan<byte> bytes, string path)
    {
        int count = BinaryPrimitives.ReadInt32LittleEndian(bytes[OriginCountOffset..]);
        if (count is < 0 or > LogIdentity.MaxOrigins)
        {
            throw DamageMessages.OfFile(path, $"it says that the log has {count} origins, and at most {LogIdentity.MaxOrigins} are kept");
        }

        LogOrigin[] origins = new LogOrigin[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> origin = bytes.Slice(OriginsOffset + (i * OriginBytes), OriginBytes);
            origins[i] = new LogOrigin(ReadId(origin), BinaryPrimitives.ReadInt64LittleEndian(origin[16..]));
        }

        return new LogIdentity(ReadId(bytes[LogOffset..]), origins);
    }

    private static long? DecodeCopiedUpTo(ReadOnlySpan<byte> bytes) =>
        (BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) & CopyFlag) == 0
            ? null
            : BinaryPrimitives.ReadInt64LittleEndian(bytes[CopiedUpToOffset..]);

    private static Guid ReadId(ReadOnlySpan<byte> bytes) => new(bytes[..16], bigEndian: true);

    private static void WriteId(Span<byte> bytes, Guid id) => id.TryWriteBytes(bytes, bigEndian: true, out _);
}
