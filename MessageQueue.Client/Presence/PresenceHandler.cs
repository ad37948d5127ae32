namespace MessageQueue.Client.Presence;

/// <summary>A handler of a room, and what it was told last. Its members belong to the lock of <see cref="RoomWatches"/>.</summary>
internal sealed class PresenceHandler(WatchedRoom room, Action<RoomPresence> handler)
{
    private Members? _told;

    public WatchedRoom Room => room;

    public Action<RoomPresence> Handler => handler;

    /// <summary>Whether it waits to be called.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Whether it is not called any more.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>The last thing to tell it; null while the watch goes on.</summary>
    public RoomPresence? Ending { get; private set; }

    /// <summary>Notes that the watch has ended.</summary>
    public void End(MessageQueueClientException? error) => Ending = new RoomPresence(room.Room)
    {
        Left = [.. (_told ?? Members.None).Sessions.Keys],
        HasEnded = true,
        Error = error,
    };

    /// <summary>Returns what it has not been told yet; null for nothing.</summary>
    public RoomPresence? Next()
    {
        if (IsRemoved || Ending is not null)
        {
            RoomPresence? last = IsRemoved ? null : Ending;
            IsRemoved = true;
            return last;
        }

        if (!room.IsWhole || ReferenceEquals(_told, room.Members))
        {
            return null;
        }

        RoomPresence news = room.Members.ComparedTo(_told ?? Members.None, room.Room);
        bool isNew = _told is null || news.Joined.Count > 0 || news.Left.Count > 0 || news.Count != _told.Count
            || news.IsCountOnly != _told.IsCountOnly;
        _told = room.Members;
        return isNew ? news : null;
    }
}
