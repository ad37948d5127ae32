using Microsoft.Extensions.Primitives;

namespace MessageQueue.Protocol;

/// <summary>The parameters of a connection, from the path and the query of its request.</summary>
internal sealed record ConnectionParameters
{
    /// <summary>
    /// The largest number of recent events that a new session may start with. Finding so many takes the apply loop about 0.1 ms.
    /// </summary>
    public const int MaxLast = 1000;

    /// <summary>The namespace, <c>/</c> or <c>/chat</c>.</summary>
    public string Namespace { get; init; } = NamespacePath.Default;

    /// <summary>The name of the session; null if the server is to create one.</summary>
    public string? Session { get; init; }

    /// <summary>
    /// Whether the session's name is one that only the server gives. Such a session can be resumed, but a client cannot create it.
    /// </summary>
    public bool IsAnonymousResume => Session is not null && Names.IsAnonymous(Session);

    /// <summary>The rooms to join, without duplicates, in the order given.</summary>
    public IReadOnlyList<string> Rooms { get; init; } = [];

    /// <summary>The rooms to watch, without duplicates, in the order given.</summary>
    public IReadOnlyList<string> Watches { get; init; } = [];

    /// <summary>What the session shows of itself, JSON text; null if the client does not say.</summary>
    public ReadOnlyMemory<byte>? Shows { get; init; }

    /// <summary>The token; null if there is none or it is empty.</summary>
    public string? Token { get; init; }

    /// <summary>
    /// The window that the client asks for, at least 1; null if it does not ask. A number too large for an int becomes
    /// <see cref="int.MaxValue"/>; the server grants less anyway.
    /// </summary>
    public int? Window { get; init; }

    /// <summary>Whether an event counts as acknowledged as soon as it was handed to the output.</summary>
    public bool AcknowledgesAutomatically { get; init; }

    /// <summary>Whether the session may be shared with other connections that also ask for it.</summary>
    public bool IsShared { get; init; }

    /// <summary>
    /// The number of the event at which a new session starts, inclusive; null if there is none, and with <see cref="IsFromAll"/> or
    /// <see cref="FromLast"/>.
    /// </summary>
    public long? From { get; init; }

    /// <summary>Whether a new session starts at the oldest event that is still held.</summary>
    public bool IsFromAll { get; init; }

    /// <summary>
    /// With how many recent events of its rooms a new session starts, 1 to <see cref="MaxLast"/>; null if it does not ask for any.
    /// </summary>
    public int? FromLast { get; init; }

    /// <summary>
    /// Reads the parameters. Unknown ones are ignored. Names are compared without case, because the query of ASP.NET Core does the same and
    /// has already merged such names. Values are compared with case.
    /// </summary>
    /// <param name="path">As for <see cref="NamespacePath.TryParse"/>.</param>
    /// <param name="query">
    /// Names and values without URL encoding, for example an <c>IQueryCollection</c>. A name may also occur several times.
    /// </param>
    /// <param name="parameters">The parameters; the defaults when false is returned.</param>
    /// <param name="error">
    /// The error, for the reason of the close: at most 123 bytes of ASCII, and no part of the request is repeated. Null if there is none.
    /// </param>
    public static bool TryParse(
        ReadOnlySpan<char> path, IEnumerable<KeyValuePair<string, StringValues>> query, out ConnectionParameters parameters,
        out string? error)
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
            Rooms = values.ReadRooms("room"),
            Watches = values.ReadRooms("watch"),
            Shows = values.ReadShow(),
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
