namespace MessageQueue.Client.Presence;

/// <summary>Who was in a room at one moment. Immutable.</summary>
/// <param name="Sessions">The sessions by their names; empty if they are only counted.</param>
/// <param name="Count">How many they are.</param>
/// <param name="IsCountOnly">Whether they are only counted.</param>
internal sealed record Members(IReadOnlyDictionary<string, RoomMember> Sessions, int Count, bool IsCountOnly)
{
    /// <summary>Nobody.</summary>
    public static readonly Members None = new(new Dictionary<string, RoomMember>(), 0, IsCountOnly: false);

    /// <summary>Returns this as a handler is told it that knows <paramref name="before"/>.</summary>
    public RoomPresence ComparedTo(Members before, string room) => new(room)
    {
        Count = Count,
        Members = [.. Sessions.Values],
        Joined = [.. Sessions.Values.Where(member => !before.Has(member))],
        Left = [.. before.Sessions.Keys.Where(session => !Sessions.ContainsKey(session))],
        IsCountOnly = IsCountOnly,
    };

    private bool Has(RoomMember member) =>
        Sessions.TryGetValue(member.Session, out RoomMember? known) && known.Data.Span.SequenceEqual(member.Data.Span);
}
