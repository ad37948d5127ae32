namespace MessageQueue.Http;

/// <summary>Describes a room to an operator.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Room">Its name; <c>*</c> is the room of all sessions of the namespace.</param>
/// <param name="Sessions">The number of sessions in it, connected or not.</param>
/// <param name="Connected">How many of them are connected.</param>
/// <param name="Events">The number of events that were emitted to it and that the log still holds.</param>
internal sealed record RoomRow(string Namespace, string Room, int Sessions, int Connected, int Events);
