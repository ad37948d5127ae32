using System.Buffers.Binary;

namespace MessageQueue.Storage.Segments;

/// <summary>
/// The file that makes a directory a store. It is written last when a store is created, so where it is, a segment is too.
/// Keep in sync with docs/log-format.md.
/// </summary>
internal readonly record struct StoreFile(Guid Id, long Created)
{
    public const int Bytes = 64;

    private const uint FormatVersion = 1;
    private const int CrcOffset = Bytes - sizeof(uint);

    private static ReadOnlySpan<byte> Magic => "MQSTORE\n"u8;

    /// <summary>Null where there is none.</summary>
    /// <exception cref="LogDamagedException">It cannot be read.</exception>
    public static StoreFile? TryRead(IFileSystem files, StorePaths paths)
    {
        if (!files.FileExists(paths.Store))
        {
            return null;
        }

        // One more than it has, to see that it ends there.
        Span<byte> bytes = stackalloc byte[Bytes + 1];
        int count;
        try
        {
            using IFileHandle file = files.Open(paths.Store, writable: false);
            count = file.Read(bytes, 0);
        }
        catch (IOException exception)
        {
            throw Damage.OfFile(paths.Store, "it cannot be read: " + exception.Message, exception);
        }

        return Decode(bytes[..count], paths.Store);
    }

    /// <summary>Makes the store. Durable on return.</summary>
    public void Create(IFileSystem files, StorePaths paths)
    {
        using (IFileHandle file = files.Create(paths.StoreTemporary))
        {
            file.Write(Encode(), 0);
            file.Sync();
        }

        files.Rename(paths.StoreTemporary, paths.Store);
        files.SyncDirectory(paths.Root);
    }

    private static StoreFile Decode(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.Length != Bytes || !bytes.StartsWith(Magic))
        {
            throw Damage.OfFile(path, "it is not the file of a store");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[CrcOffset..]) != Crc32C.Append(Crc32C.Seed, bytes[..CrcOffset]))
        {
            throw Damage.OfFile(path, "its checksum is wrong");
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (version != FormatVersion)
        {
            throw new MessageQueueException($"'{path}' has format version {version}, and this build reads version {FormatVersion}.");
        }

        return new StoreFile(new Guid(bytes.Slice(16, 16), bigEndian: true), BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]));
    }

    private byte[] Encode()
    {
        byte[] bytes = new byte[Bytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), FormatVersion);
        Id.TryWriteBytes(bytes.AsSpan(16), bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), Created);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(CrcOffset), Crc32C.Append(Crc32C.Seed, bytes.AsSpan(0, CrcOffset)));
        return bytes;
    }
}
