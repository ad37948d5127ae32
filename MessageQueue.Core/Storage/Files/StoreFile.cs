
namespace MessageQueue.Storage.Files;

/// <summary>
/// The file that makes a directory a store. It is written last when a store is created, so if it exists, a segment exists too. It is
/// replaced as a whole when a copy is marked and when a copy is started.
/// </summary>
/// <param name="Id">The store's id, which is in every segment and snapshot. A copy has the same id.</param>
/// <param name="Created">The time at which the store was created, in milliseconds since the Unix epoch.</param>
internal readonly record struct StoreFile(Guid Id, long Created)
{
    /// <summary>The id by which clients know the log. Until the store is copied, it is the store's id.</summary>
    public LogIdentity Log { get; init; } = new(Id, []);

    /// <summary>
    /// For a copy that was not started yet: the last sequence up to which it is known to hold the same as <see cref="Log"/>. It may hold
    /// less. Null if this is no copy, or if it was started.
    /// </summary>
    public long? CopiedUpTo { get; init; }

    public bool IsCopy => CopiedUpTo is not null;

    /// <summary>Reads the file; returns null if there is none.</summary>
    /// <exception cref="LogDamagedException">The file cannot be read.</exception>
    public static StoreFile? TryRead(IFileSystem files, StorePaths paths)
    {
        if (!files.FileExists(paths.Store))
        {
            return null;
        }

        // One byte more than the file may have, to detect a longer file.
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

    /// <summary>Returns the file of a copy that holds the same up to this sequence. Its first start gives the log a new id.</summary>
    public StoreFile AsCopy(long upTo) => this with { CopiedUpTo = Math.Min(CopiedUpTo ?? long.MaxValue, upTo) };

    /// <summary>Returns the file of a copy that is being started.</summary>
    /// <param name="logId">The id by which clients will know it.</param>
    /// <param name="lastSequence">The last sequence that was found in the copy.</param>
    public StoreFile Started(Guid logId, long lastSequence) =>
        this with { Log = Log.ContinuedBy(logId, Math.Min(CopiedUpTo ?? long.MaxValue, lastSequence)), CopiedUpTo = null };

    /// <summary>Replaces the store's file with this one, in one step. Durable on return.</summary>
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
