using MessageQueue.Protocol;

namespace MessageQueue.State;

/// <summary>
/// The names of the server's own sessions, one each per namespace: names that no client can ask for or emit to, because theirs have 1 to
/// 128 characters.
/// </summary>
internal static class ServerSessions
{
    /// <summary>The session that is owed the events of durable handlers.</summary>
    public const string Handlers = "";

    /// <summary>
    /// The session that is owed every event emitted to rooms, while there are observers. Apart from the other, so that neither waits for
    /// the other's window.
    /// </summary>
    public static readonly string Observers = "observers".PadRight(Names.MaxNameCharacters + 1, '.');

    /// <summary>Whether it is one of them.</summary>
    public static bool IsName(string session) => session.Length == 0 || session == Observers;
}
