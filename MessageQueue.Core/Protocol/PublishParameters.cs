using MessageQueue.Protocol.Parsing;
using Microsoft.Extensions.Primitives;

namespace MessageQueue.Protocol;

/// <summary>
/// The parameters of an HTTP request to publish an event, from its path, its query and its headers. The data is the body of the request.
/// </summary>
internal sealed record PublishParameters
{
    /// <summary>The namespace, <c>/</c> or <c>/chat</c>.</summary>
    public required string Namespace { get; init; }

    /// <summary>The session in whose name the event is published; null for none.</summary>
    public string? Session { get; init; }

    /// <summary>The token in the query; null if there is none or it is empty.</summary>
    public string? Token { get; init; }

    /// <summary>The event's name.</summary>
    public required string Event { get; init; }

    /// <summary>The targets: rooms, <c>*</c> or <c>@NAME</c>; at least one.</summary>
    public required IReadOnlyList<string> To { get; init; }

    /// <summary>The time in milliseconds after which the event is not delivered any more; 0 for no limit.</summary>
    public long TimeToLive { get; init; }

    /// <summary>Whether the event is only for sessions that are connected now, and is not stored.</summary>
    public bool IsVolatile { get; init; }

    /// <summary>Whether the session in whose name the event is published also gets it, if it is in one of the rooms.</summary>
    public bool Echo { get; init; } = true;

    /// <summary>Whether the body is an array whose entries are the arguments.</summary>
    public bool HasSeveralArguments { get; init; }

    /// <summary>The reference that makes it harmless to repeat the request; empty for none.</summary>
    public string Reference { get; init; } = "";

    /// <summary>The trace that the event belongs to, a W3C <c>traceparent</c>; empty for none.</summary>
    public ReadOnlyMemory<byte> Trace { get; init; }

    /// <summary>
    /// Reads the parameters, as <see cref="ConnectionParameters.TryParse"/> does. Returns null if they are refused;
    /// <paramref name="error"/> then says why.
    /// </summary>
    /// <param name="path">As for <see cref="NamespacePath.TryParse"/>.</param>
    /// <param name="query">Names and values without URL encoding.</param>
    /// <param name="idempotencyKey">The values of the header <c>Idempotency-Key</c>.</param>
    /// <param name="traceParent">The values of the header <c>traceparent</c>. What is not valid is ignored.</param>
    /// <param name="maxRooms">The most entries that <c>to</c> may have.</param>
    /// <param name="error">The error, which repeats no part of the request; null if there is none.</param>
    public static PublishParameters? TryParse(
        ReadOnlySpan<char> path, IEnumerable<KeyValuePair<string, StringValues>> query, StringValues idempotencyKey,
        StringValues traceParent, int maxRooms, out string? error)
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
            HasSeveralArguments = values.ReadChoice("args", "false", "true"),
            Echo = !values.ReadChoice("echo", "true", "false"),
            Reference = idempotencyKey.ToString(),
            Trace = traceParent.Count == 1 ? TraceParent.Encode(traceParent[0]) : default,
        };
        bool isReference = idempotencyKey.Count == 0
            || (idempotencyKey.Count == 1 && Names.Check(parameters.Reference) == FieldState.Valid);
        error = values.Error ?? (isReference ? null : "Idempotency-Key has to be 1 to 128 characters, and given once");
        return error is null ? parameters : null;
    }
}
