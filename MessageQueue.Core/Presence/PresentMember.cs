using MessageQueue.State;

namespace MessageQueue.Presence;

/// <summary>A session that is there in a watched room.</summary>
internal sealed class PresentMember(SessionState session)
{
    /// <summary>The session.</summary>
    public SessionState Session { get; } = session;

    /// <summary>The version with which it came or last showed something else; 0 once it is gone.</summary>
    public long ChangedAt { get; set; }
}
