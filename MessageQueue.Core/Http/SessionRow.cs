namespace MessageQueue.Http;

/// <summary>Describes a session to an operator.</summary>
/// <param name="Id">Its id: sessions are listed in its order, which is that in which they were made.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Session">What others know it by: of one without a name of its own the alias, because its name is a secret.</param>
/// <param name="Rooms">The first of the rooms it is in.</param>
/// <param name="RoomCount">How many it is in.</param>
/// <param name="Owed">How many events it is owed, up to <see cref="StateListing.CountedUpTo"/>.</param>
/// <param name="IsOwedMore">Whether it is owed more than that.</param>
/// <param name="Connections">How many connections it has now.</param>
/// <param name="LastSeen">When it was last connected, in milliseconds since the Unix epoch; now where it is.</param>
internal sealed record SessionRow(
    long Id, string Namespace, string Session, IReadOnlyList<string> Rooms, int RoomCount, int Owed, bool IsOwedMore, int Connections, long LastSeen);
