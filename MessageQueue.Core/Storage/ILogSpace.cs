namespace MessageQueue.Storage;

/// <summary>
/// Reports whether a log has room for more events. Without room, the caller refuses events but goes on appending acknowledgements, ends of
/// sessions and drops. Space is always set aside for these, because they free space and existing sessions need them.
/// </summary>
internal interface ILogSpace
{
    /// <summary>Whether events may be appended. Becomes false early enough that events already under way still fit.</summary>
    bool HasRoom { get; }

    /// <summary>
    /// How many bytes of the disk are free, without those that are set aside; <see cref="long.MaxValue"/> if the system does not report it.
    /// </summary>
    long FreeBytes { get; }

    /// <summary>Raised on any thread when <see cref="HasRoom"/> has changed. Handlers must be quick and must not throw.</summary>
    event Action? Changed;
}
