namespace MessageQueue.Storage;

/// <summary>
/// Whether a log has room for more. What it has room for in any case is what wins room back, and what the sessions there are need: without
/// room the caller refuses events and goes on appending acknowledgements, ends of sessions and drops, for which space is set aside.
/// </summary>
internal interface ILogSpace
{
    /// <summary>Whether events may be appended. False early: what is appended in the meantime still fits.</summary>
    bool HasRoom { get; }

    /// <summary>
    /// How many bytes of the disk are free, beside what is set aside; <see cref="long.MaxValue"/> where the system does not say.
    /// </summary>
    long FreeBytes { get; }

    /// <summary>Raised when <see cref="HasRoom"/> has changed, on any thread. It is not to take long, and not to throw.</summary>
    event Action? Changed;
}
