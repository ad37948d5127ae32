namespace MessageQueue.Http;

/// <summary>Describes a room to an operator.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Room">Its name, or <c>*</c> for the room that everyone is in.</param>
/// <param name="Sessions">How many sessions are in it, connected or not.</param>
/// <param name="Events">How many events emitted to it the log still holds.</param>
internal sealed record RoomRow(string Namespace, string Room, int Sessions, int Events);
