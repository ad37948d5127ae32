namespace MessageQueue.Client;

/// <summary>An event to publish over HTTP.</summary>
public sealed record PublishRequest
{
    /// <summary>The namespace. Default <c>/</c>.</summary>
    public string Namespace { get; init; } = "/";

    /// <summary>The event's name.</summary>
    public required string Name { get; init; }

    /// <summary>Rooms, <c>*</c> for everyone, <c>@NAME</c> for a session; at least one.</summary>
    public required IReadOnlyList<string> To { get; init; }

    /// <summary>The data as JSON in UTF-8; null for none.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>Whether the data is an array whose entries are the arguments.</summary>
    public bool HasSeveralArguments { get; init; }

    /// <summary>The session that emits it; it has to exist. Null for none.</summary>
    public string? Session { get; init; }

    /// <summary>
    /// An id that makes repeating the request harmless: the server stores only the first event with it. Printable ASCII without spaces;
    /// null for none.
    /// </summary>
    public string? Id { get; init; }

    /// <summary>How long it is delivered at most; null for ever.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>Whether it goes to connected sessions only and is never stored.</summary>
    public bool Volatile { get; init; }
}
