namespace MessageQueue.Presence;

/// <summary>
/// The versions of all watched rooms. One counter for all, so that a room that is watched again does not begin anew. For the apply loop
/// only.
/// </summary>
internal sealed class Versions
{
    /// <summary>The last version.</summary>
    public long Last { get; private set; }

    /// <summary>Returns a new version.</summary>
    public long Next() => ++Last;
}
