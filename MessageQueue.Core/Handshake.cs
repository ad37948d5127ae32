using System.Collections.Frozen;
using System.Net;
using System.Text.Json;
using MessageQueue.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace MessageQueue;

/// <summary>
/// What a client said when it connected. Contains secrets, such as tokens and cookies, as the client sent them. Immutable and thread-safe;
/// may be kept after the connection has ended.
/// </summary>
public sealed class Handshake
{
    private static readonly FrozenDictionary<string, StringValues> NoValues = FrozenDictionary<string, StringValues>.Empty;
    private static readonly JsonElement NoAuth = JsonElement.Parse("{}");

    private Handshake(
        JsonElement auth, IReadOnlyDictionary<string, StringValues> query, IReadOnlyDictionary<string, StringValues> headers, long size)
    {
        Auth = auth;
        Query = query;
        Headers = headers;
        Size = size;
    }

    /// <summary>
    /// The object that a Socket.IO client passed as <c>auth</c>; an empty object for a client of the JSON protocol, or where there is none.
    /// </summary>
    public JsonElement Auth { get; }

    /// <summary>The query of the HTTP request. Names are compared without case.</summary>
    public IReadOnlyDictionary<string, StringValues> Query { get; }

    /// <summary>The headers of the HTTP request. Names are compared without case.</summary>
    public IReadOnlyDictionary<string, StringValues> Headers { get; }

    /// <summary>
    /// The token: that in <c>auth</c> of a Socket.IO client, in the query, in the header <c>Authorization: Bearer</c>, or in a WebSocket
    /// sub-protocol; null for none.
    /// </summary>
    public string? Token { get; private init; }

    /// <summary>The address of the client, or of the proxy before it; null where the transport has none.</summary>
    public IPAddress? RemoteAddress { get; private init; }

    /// <summary>The time at which the client connected, UTC.</summary>
    public DateTimeOffset Time { get; private init; }

    /// <summary>A handshake of which nothing is known.</summary>
    internal static Handshake Empty { get; } = new(NoAuth, NoValues, NoValues, 0);

    /// <summary>The bytes of <see cref="Auth"/>, and the characters of the query and the headers.</summary>
    internal long Size { get; }

    /// <summary>Copies what is needed from a request, which may end before the connection does.</summary>
    internal static Handshake Of(HttpContext context, DateTimeOffset time)
    {
        HttpRequest request = context.Request;
        IReadOnlyDictionary<string, StringValues> query = Copy(request.Query, request.Query.Count);
        IReadOnlyDictionary<string, StringValues> headers = Copy(request.Headers, request.Headers.Count);
        return new Handshake(NoAuth, query, headers, SizeOf(query) + SizeOf(headers))
        {
            RemoteAddress = context.Connection.RemoteIpAddress,
            Time = time,
            Token = PresentedToken.Of(request),
        };
    }

    /// <summary>Returns this handshake with auth, for one namespace of a connection that carries several.</summary>
    /// <param name="auth">A JSON object; empty for none.</param>
    /// <param name="time">The time at which the client connected to the namespace.</param>
    /// <exception cref="JsonException">The text is not one JSON value.</exception>
    internal Handshake With(ReadOnlySpan<byte> auth, DateTimeOffset time)
    {
        JsonElement read = auth.IsEmpty ? NoAuth : JsonElement.Parse(auth);
        bool hasToken = read.TryGetProperty("token", out JsonElement token) && token.ValueKind == JsonValueKind.String;
        return new Handshake(read, Query, Headers, Size + auth.Length)
        {
            RemoteAddress = RemoteAddress,
            Time = time,
            Token = hasToken ? token.GetString() : Token,
        };
    }

    private static IReadOnlyDictionary<string, StringValues> Copy(IEnumerable<KeyValuePair<string, StringValues>> values, int count) =>
        count == 0 ? NoValues : new Dictionary<string, StringValues>(values, StringComparer.OrdinalIgnoreCase);

    private static long SizeOf(IReadOnlyDictionary<string, StringValues> values) =>
        values.Sum(static entry => entry.Key.Length + entry.Value.Sum(static value => (long)(value?.Length ?? 0)));
}
