namespace MessageQueue.Tests.Conformance;

/// <summary>A handshake request, valid unless a case changes it.</summary>
internal sealed record HandshakeRequest
{
    /// <summary>Stands for the address of the server in headers.</summary>
    public const string Host = "{host}";

    public static HandshakeRequest Good { get; } = new();

    public string Method { get; init; } = "GET";

    public string Version { get; init; } = "HTTP/1.1";

    public IReadOnlyList<string> Headers { get; private init; } =
    [
        $"Host: {Host}", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];

    public HandshakeRequest With(params string[] headers) => this with { Headers = [.. Headers, .. headers] };

    public HandshakeRequest Without(string name) =>
        this with { Headers = [.. Headers.Where(header => !header.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))] };

    /// <summary>Returns the request with another value for a header that it already has.</summary>
    public HandshakeRequest Instead(string header) => Without(header[..header.IndexOf(':', StringComparison.Ordinal)]).With(header);

    public string ToText(Uri url) =>
        $"{Method} {url.PathAndQuery} {Version}\r\n{string.Concat(Headers.Select(header => header + "\r\n"))}\r\n".Replace(
            Host, url.Authority, StringComparison.Ordinal);
}
