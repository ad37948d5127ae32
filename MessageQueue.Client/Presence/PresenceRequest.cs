namespace MessageQueue.Client.Presence;

/// <summary>A <c>watch</c>, <c>unwatch</c> or <c>show</c> that the server has not answered yet.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Room">The room, of a watch and an unwatch.</param>
/// <param name="Shown">What to show, of a show.</param>
internal sealed record PresenceRequest(string Type, WatchedRoom? Room = null, ShownValue? Shown = null)
{
    /// <summary>The same for people.</summary>
    public override string ToString() => Room is null ? Type : $"{Type} {Room.Room}";
}
