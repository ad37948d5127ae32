using System.Security.Claims;
using System.Text;
using MessageQueue.Protocol;

namespace MessageQueue.Tokens;

/// <summary>What a valid token allows, and until when. Immutable.</summary>
internal sealed class TokenGrant
{
    /// <summary>The user, with the claims of the token.</summary>
    public required ClaimsPrincipal User { get; init; }

    /// <summary>The claim <c>sub</c>; null for none.</summary>
    public string? Subject { get; init; }

    /// <summary>When it expires, without leeway.</summary>
    public required DateTimeOffset Expires { get; init; }

    /// <summary>The sessions that may be connected to by name; null for only sessions that the server names.</summary>
    public NamePatterns? Sessions { get; init; }

    /// <summary>The namespaces.</summary>
    public required NamePatterns Namespaces { get; init; }

    /// <summary>The rooms that may be joined.</summary>
    public required NamePatterns Join { get; init; }

    /// <summary>The rooms whose presence may be watched.</summary>
    public required NamePatterns Watch { get; init; }

    /// <summary>The targets that may be emitted to.</summary>
    public required NamePatterns Emit { get; init; }

    /// <summary>Whether the operators' endpoints may be read.</summary>
    public bool MayRead { get; init; }

    /// <summary>Whether the operators' endpoints may change something.</summary>
    public bool MayWrite { get; init; }

    /// <summary>Returns whether a client may join and watch these rooms while it connects.</summary>
    public bool MayEnter(IEnumerable<string> joined, IEnumerable<string> watched) =>
        joined.All(room => Join.AllowsTarget(Encoding.UTF8.GetBytes(room)))
        && watched.All(room => Watch.AllowsTarget(Encoding.UTF8.GetBytes(room)));

    /// <summary>The session of a client that names none; null where the server makes one.</summary>
    public string? OnlySession => Sessions?.Only;

    /// <summary>Returns why a client may not be this session; null if it may.</summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="session">The session, after <see cref="OnlySession"/>; null for one that the server makes.</param>
    public TokenError? FindRefusal(string ns, string? session)
    {
        // Those that the server made have names that nobody can guess, so whoever knows one may have it again.
        bool isServerMade = session is null || session.StartsWith(Names.AnonymousPrefix);
        bool isAllowed = isServerMade ? OnlySession is null : Names.IsValidSession(session!) && Sessions?.Allows(session!) == true;
        return !Namespaces.Allows(ns) ? TokenError.WrongNamespace
            : isAllowed ? null
            : TokenError.WrongSession;
    }

    /// <summary>As <see cref="FindRefusal"/>, for an event that is published without a connection; null for one without a sender.</summary>
    public TokenError? FindPublishRefusal(string ns, string? session) =>
        session is null && Sessions?.Allows("") == false && Namespaces.Allows(ns) ? TokenError.NoSession : FindRefusal(ns, session);
}
