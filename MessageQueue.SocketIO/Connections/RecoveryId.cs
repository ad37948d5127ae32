using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using MessageQueue.Protocol;

namespace MessageQueue.SocketIO.Connections;

/// <summary>
/// The private id (<c>pid</c>) by which a client recovers its connection. It holds all that is needed for that, so that a restart of the
/// server forgets nothing. For a named session it gives no right: the client names the session again.
/// </summary>
/// <param name="Log">The log whose numbers the client's offsets are.</param>
/// <param name="Page">
/// A random id of the client's life: from when it first connects until its page is left. The ids that it gives to its events are different
/// only within it.
/// </param>
/// <param name="Attempt">Counts up when the client's connection was not recovered, because a client compares ids to know that.</param>
/// <param name="Session">The name of the session, which is a secret if the server gave it.</param>
internal sealed record RecoveryId(Guid Log, string Page, int Attempt, string Session)
{
    private const int PageBytes = 9;
    private const int PageCharacters = 12;

    /// <summary>Returns the id of a client that connects for the first time.</summary>
    public static RecoveryId New(Guid log, string session) =>
        new(log, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(PageBytes)), 0, session);

    /// <summary>Reads an id. Returns null if it is none of this server's form.</summary>
    public static RecoveryId? TryParse(string text)
    {
        string[] parts = text.Split('.', 4);
        return parts.Length == 4
            && Guid.TryParseExact(parts[0], "n", out Guid log)
            && parts[1].Length == PageCharacters
            && Base64Url.IsValid(parts[1])
            && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out int attempt)
            && Names.IsValidSession(parts[3])
            ? new RecoveryId(log, parts[1], attempt, parts[3])
            : null;
    }

    /// <inheritdoc />
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Log:n}.{Page}.{Attempt}.{Session}");
}
