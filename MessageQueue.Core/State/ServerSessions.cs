using MessageQueue.Protocol;

namespace MessageQueue.State;

/// <summary>
/// The names of the server's own sessions, one each per namespace. No client can ask for them or emit to them, because the names of clients
/// have 1 to 128 characters.
/// </summary>
internal static class ServerSessions
{
    /// <summary>The session that gets the events of durable handlers.</summary>
    public const string Handlers = "";

    /// <summary>
    /// The session that gets every event emitted to rooms, while there are observers. It is separate from the other one, so that neither
    /// waits for the other's window.
    /// </summary>
    public static readonly string Observers = "observers".PadRight(Names.MaxNameCharacters + 1, '.');

    /// <summary>Whether this is the name of one of them.</summary>
    public static bool IsName(string session) => session.Length == 0 || session == Observers;
}
