
namespace MessageQueue.Storage.Files;

/// <summary>
/// The file that makes a directory a store. It is written last when a store is created, so where it is, a segment is too; and it is
/// replaced as a whole when a copy is marked and when it is started.
/// </summary>
/// <param name="Id">The store's id, which every segment and snapshot has; that of a copy too.</param>
/// <param name="Created">When the store was created, milliseconds since the Unix epoch.</param>
internal readonly record struct StoreFile(Guid Id, long Created)
{
    /// <summary>What clients know the log by; until it is copied, the store's id.</summary>
    public LogIdentity Log { get; init; } = new(Id, []);

    /// <summary>
    /// Of a copy that was not started yet, up to which sequence it is known to hold what <see cref="Log"/> does; it may hold less. Null:
    /// this is no copy, or it was started.
    /// </summary>
    public long? CopiedUpTo { get; init; }

    public bool IsCopy => CopiedUpTo is not null;

    /// <summary>Null where there is none.</summary>
    /// <exception cref="LogDamagedException">It cannot be read.</exception>
    public static StoreFile? TryRead(IFileSystem files, StorePaths paths)
    {
        if (!files.FileExists(paths.Store))
        {
            return null;
        }

        // One more than it has, to see that it ends there.
        Span<byte> bytes = stackalloc byte[StoreFileCodec.MaxBytes + 1];
        int count;
        try
        {
            using IFileHandle file = files.Open(paths.Store, writable: false);
            count = file.Read(bytes, 0);
        }
        catch (IOException exception)
        {
            throw DamageMessages.OfFile(paths.Store, "it cannot be read: " + exception.Message, exception);
        }

        return StoreFileCodec.Decode(bytes[..count], paths.Store);
    }

    /// <summary>The file of a copy that holds this much. Its first start gives it a log id of its own.</summary>
    public StoreFile AsCopy(long upTo) => this with { CopiedUpTo = Math.Min(CopiedUpTo ?? long.MaxValue, upTo) };

    /// <summary>The file of a copy that is being started.</summary>
    /// <param name="logId">What clients will know it by.</param>
    /// <param name="lastSequence">The last sequence that was found in it.</param>
    public StoreFile Started(Guid logId, long lastSequence) =>
        this with { Log = Log.ContinuedBy(logId, Math.Min(CopiedUpTo ?? long.MaxValue, lastSequence)), CopiedUpTo = null };

    /// <summary>Makes this the store's file, in one step, in place of the one that is there. Durable on return.</summary>
    public void Write(IFileSystem files, StorePaths paths)
    {
        using (IFileHandle file = files.Create(paths.StoreTemporary))
        {
            file.Write(StoreFileCodec.Encode(this), 0);
            file.Sync();
        }

        files.Rename(paths.StoreTemporary, paths.Store);
        files.SyncDirectory(paths.Root);
    }
}
