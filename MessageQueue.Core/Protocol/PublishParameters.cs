using MessageQueue.Protocol.Parsing;
using Microsoft.Extensions.Primitives;

namespace MessageQueue.Protocol;

/// <summary>Holds what an HTTP request asks to publish, by its path, its query and its headers; the data is its body.</summary>
internal sealed record PublishParameters
{
    /// <summary>The namespace, <c>/</c> or <c>/chat</c>.</summary>
    public required string Namespace { get; init; }

    /// <summary>The session that it is published as; null for none.</summary>
    public string? Session { get; init; }

    /// <summary>The token in the query; null where there is none or it is empty.</summary>
    public string? Token { get; init; }

    /// <summary>The event's name.</summary>
    public required string Event { get; init; }

    /// <summary>Rooms, <c>*</c>, <c>@NAME</c>; at least one.</summary>
    public required IReadOnlyList<string> To { get; init; }

    /// <summary>Milliseconds after which it is no longer delivered; 0 for none.</summary>
    public long TimeToLive { get; init; }

    /// <summary>Whether it is for those who are connected now, and not stored.</summary>
    public bool IsVolatile { get; init; }

    /// <summary>Whether the session that it is published as gets it too, where it is in one of the rooms.</summary>
    public bool Echo { get; init; } = true;

    /// <summary>What makes repeating it harmless; empty for none.</summary>
    public string Reference { get; init; } = "";

    /// <summary>
    /// Reads them, as <see cref="ConnectionParameters.TryParse"/> does. Null: refused, and <paramref name="error"/> says why.
    /// </summary>
    /// <param name="path">As for <see cref="NamespacePath.TryParse"/>.</param>
    /// <param name="query">Names and values without URL encoding.</param>
    /// <param name="idempotencyKey">The values of the header of that name.</param>
    /// <param name="maxRooms">How many entries <c>to</c> may have.</param>
    /// <param name="error">What is wrong, with nothing of the request repeated; null if nothing is.</param>
    public static PublishParameters? TryParse(
        ReadOnlySpan<char> path, IEnumerable<KeyValuePair<string, StringValues>> query, StringValues idempotencyKey, int maxRooms, out string? error)
    {
        if (!NamespacePath.TryParse(path, out string ns, out error))
        {
            return null;
        }

        ConnectionQuery values = new(query);
        PublishParameters parameters = new()
        {
            Namespace = ns,
            Session = values.ReadSession(),
            Token = values.ReadToken(),
            Event = values.ReadEvent(),
            To = values.ReadTargets(maxRooms),
            TimeToLive = values.ReadTimeToLive(),
            IsVolatile = values.ReadChoice("volatile", "false", "true"),
            Echo = !values.ReadChoice("echo", "true", "false"),
            Reference = idempotencyKey.ToString(),
        };
        bool isReference = idempotencyKey.Count == 0
            || (idempotencyKey.Count == 1 && Names.Check(parameters.Reference) == FieldState.Valid);
        error = values.Error ?? (isReference ? null : "Idempotency-Key has to be 1 to 128 characters, and given once");
        return error is null ? parameters : null;
    }
}
