using Microsoft.Extensions.Primitives;

namespace MessageQueue.Protocol;

/// <summary>Holds what a client asks for while it connects, by the path and the query of its request.</summary>
internal sealed record ConnectionParameters
{
    /// <summary>As many of the last events a new session may start with: finding them takes the apply loop some 0.1 ms.</summary>
    public const int MaxLast = 1000;

    /// <summary>The namespace, <c>/</c> or <c>/chat</c>.</summary>
    public string Namespace { get; init; } = NamespacePath.Default;

    /// <summary>The session it names; null where the server is to make one.</summary>
    public string? Session { get; init; }

    /// <summary>Whether the session's name is one that only the server makes: such a session can be resumed, never created.</summary>
    public bool IsAnonymousResume => Session is not null && Names.IsAnonymous(Session);

    /// <summary>The rooms to join, each once, in the order given.</summary>
    public IReadOnlyList<string> Rooms { get; init; } = [];

    /// <summary>The token; null where there is none or it is empty.</summary>
    public string? Token { get; init; }

    /// <summary>
    /// The window asked for, at least 1; null where none was.
    /// What is too large for an int is <see cref="int.MaxValue"/>: the server grants less anyway.
    /// </summary>
    public int? Window { get; init; }

    /// <summary>Whether an event counts as acknowledged when it was handed to the output.</summary>
    public bool AcknowledgesAutomatically { get; init; }

    /// <summary>Whether the session may be shared with other connections that say so too.</summary>
    public bool IsShared { get; init; }

    /// <summary>
    /// The event's number that a new session starts at, inclusive; null where there is none, and with <see cref="IsFromAll"/> or
    /// <see cref="FromLast"/>.
    /// </summary>
    public long? From { get; init; }

    /// <summary>Whether a new session starts at the oldest event still held.</summary>
    public bool IsFromAll { get; init; }

    /// <summary>
    /// How many of the last events of its rooms a new session starts with, 1 to <see cref="MaxLast"/>; null where it does not.
    /// </summary>
    public int? FromLast { get; init; }

    /// <summary>
    /// Reads them. Unknown parameters are ignored. Their names are compared without case, as ASP.NET Core's query does, which has merged
    /// such names already; their values with case.
    /// </summary>
    /// <param name="path">As for <see cref="NamespacePath.TryParse"/>.</param>
    /// <param name="query">
    /// Names and values without URL encoding. An <c>IQueryCollection</c> is one; a name may also come several times.
    /// </param>
    /// <param name="parameters">What was asked for; the defaults when false is returned.</param>
    /// <param name="error">
    /// What is wrong, for the reason of the close: at most 123 bytes of ASCII, nothing of the request repeated; null if nothing is.
    /// </param>
    public static bool TryParse(
        ReadOnlySpan<char> path, IEnumerable<KeyValuePair<string, StringValues>> query, out ConnectionParameters parameters, out string? error)
    {
        parameters = new ConnectionParameters();
        if (!NamespacePath.TryParse(path, out string name, out error))
        {
            return false;
        }

        ConnectionQuery values = new(query);
        parameters = new ConnectionParameters
        {
            Namespace = name,
            Session = values.ReadSession(),
            Rooms = values.ReadRooms(),
            Token = values.ReadToken(),
            Window = values.ReadWindow(),
            AcknowledgesAutomatically = values.ReadChoice("ack", "manual", "auto"),
            IsShared = values.ReadChoice("mode", "exclusive", "shared"),
            IsFromAll = values.ReadFrom(out long? from, out int? last),
            From = from,
            FromLast = last,
        };
        error = values.Error;
        if (error is not null)
        {
            parameters = new ConnectionParameters();
        }

        return error is null;
    }
}
