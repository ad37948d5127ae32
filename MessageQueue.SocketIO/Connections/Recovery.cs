using MessageQueue.Protocol;
using MessageQueue.Storage;

namespace MessageQueue.SocketIO.Connections;

/// <summary>What a client that was connected before has a right to.</summary>
/// <param name="Session">The session to connect as; null for a new one.</param>
/// <param name="IsNamed">Whether the client named the session, and wants no other.</param>
/// <param name="Page">The life of the client's page; null if it has just begun.</param>
/// <param name="Known">The private id that it presented, if it is of the session; else null.</param>
/// <param name="Offset">The number up to which it received events; null if it does not say so in a way that can be believed.</param>
internal readonly record struct Recovery(string? Session, bool IsNamed, PageLife? Page, RecoveryId? Known, long? Offset)
{
    /// <summary>Finds out what a client's CONNECT gives it a right to.</summary>
    public static Recovery Of(ConnectAuth auth, LogIdentity log, PageLives pages)
    {
        // A named session is named again each time. A session that the server named is named by the private id, which is as secret.
        bool isNamed = auth.Session is not null;
        RecoveryId? known = auth.Pid is { } pid && (isNamed ? pid.Session == auth.Session : Names.IsAnonymous(pid.Session))
            ? auth.Pid
            : null;
        if (known is null)
        {
            return new Recovery(auth.Session, isNamed, null, null, null);
        }

        return new Recovery(
            known.Session, isNamed, pages.Find(known.Page) ?? new PageLife(known.Page), known, BelievableOffset(auth, known, log));
    }

    // The numbers of another log say nothing about this one's events, except of those that both have.
    private static long? BelievableOffset(ConnectAuth auth, RecoveryId known, LogIdentity log)
    {
        if (auth.Offset is not { } offset)
        {
            return null;
        }

        return known.Log == log.Id || log.Origins.Any(origin => origin.Id == known.Log && offset <= origin.UpTo) ? offset : null;
    }
}
