using MessageQueue.Protocol;

namespace MessageQueue.Presence;

/// <summary>Somebody who watches rooms: a client's connection, or code of the app. For the apply loop only.</summary>
internal abstract class Watcher
{
    /// <summary>The watches, by room.</summary>
    public Dictionary<WatchedRoom, Watch> Watches { get; } = [];

    /// <summary>Whether it has not taken a message. Nothing is told until it reports room.</summary>
    public bool IsBlocked { get; set; }

    /// <summary>Passes on a message. Returns false if it cannot take it now; then it reports later that it has room.</summary>
    public abstract bool TryTell(PresenceMessage message);
}
