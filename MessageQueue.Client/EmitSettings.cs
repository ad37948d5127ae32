namespace MessageQueue.Client;

/// <summary>Where an event goes, and how.</summary>
public sealed record EmitSettings
{
    /// <summary>
    /// The targets: a room, <c>*</c> for every session of the namespace, or <c>@NAME</c> for one session. Empty: for the server's own
    /// handler of the event.
    /// </summary>
    public IReadOnlyList<string> To { get; init; } = [];

    /// <summary>
    /// The reference: 1 to 128 characters, used for this emit only. A repetition with the same reference is stored once, also after a
    /// restart of this process. Null: the client makes one.
    /// </summary>
    public string? Id { get; init; }

    /// <summary>Whether this session gets the event too, if it is in one of the rooms. Default true.</summary>
    public bool Echo { get; init; } = true;

    /// <summary>
    /// Whether it goes only to sessions that are connected now. It is never stored or repeated, and fails where there is no connection.
    /// Default false.
    /// </summary>
    public bool Volatile { get; init; }

    /// <summary>Whether the data is an array whose entries are the arguments of the event. Default false: the data is one value.</summary>
    public bool HasSeveralArguments { get; init; }

    /// <summary>How long it is delivered at most, in whole milliseconds; null for ever.</summary>
    public TimeSpan? TimeToLive { get; init; }
}
