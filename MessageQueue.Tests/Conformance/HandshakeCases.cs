using static MessageQueue.Tests.Conformance.HandshakeRequest;

namespace MessageQueue.Tests.Conformance;

/// <summary>Section 1: the handshake.</summary>
internal static class HandshakeCases
{
    private const string Sample = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    private const string VersionWanted = "Sec-WebSocket-Version: 13";
    private const string MqV1 = "Sec-WebSocket-Protocol: mq.v1";
    private const string NoProtocol = "Sec-WebSocket-Protocol";
    private const string NoExtension = "Sec-WebSocket-Extensions";

    public static IEnumerable<HandshakeCase> All => [.. Accepted(), .. Offers(), .. Incomplete(), .. Unfit()];

    private static IEnumerable<HandshakeCase> Accepted() =>
    [
        new("1.1", "4.2.2", "the RFC's own key", Good, 101, Sample, "Upgrade: websocket", "Connection: Upgrade", NoProtocol, NoExtension),
        new("1.2", "4.2.2", "another key", Good.Instead("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="), 101,
            "Sec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI="),
        new("1.3", "4.2.1", "names of headers in lower case",
            Good.Without("Upgrade").Without("Connection").With("upgrade: websocket", "connection: Upgrade"), 101, Sample),
        new("1.4", "4.2.1", "names and values of headers in other cases",
            Good.Without("Upgrade").Without("Connection").With("UPGRADE: WebSocket", "CONNECTION: UPGRADE"), 101, Sample),
        new("1.5", "4.2.1", "`Connection` with several tokens", Good.Instead("Connection: keep-alive, Upgrade"), 101, Sample),
        new("1.6", "4.2.1", "`Connection` on several lines",
            Good.Instead("Connection: keep-alive").With("Connection: upgrade"), 101, Sample),
        new("1.7", "4.2.1", "`Upgrade` with several tokens", Good.Instead("Upgrade: example/1, websocket"), 101, Sample),
        new("1.8", "4.2.1", "headers that nobody knows", Good.With("X-Unknown: 1", "Cookie: a=b"), 101, Sample),
        new("1.9", "4.2.1", "spaces around the key", Good.Instead("Sec-WebSocket-Key:   dGhlIHNhbXBsZSBub25jZQ==  "), 101, Sample),
    ];

    private static IEnumerable<HandshakeCase> Offers() =>
    [
        new("1.21", "4.2.2", "the sub-protocol `mq.v1`", Good.With(MqV1), 101, MqV1),
        new("1.22", "4.2.2", "several sub-protocols", Good.With("Sec-WebSocket-Protocol: chat, mq.v1, mq.v2"), 101, MqV1),
        new("1.23", "4.2.2", "several sub-protocols on several lines", Good.With("Sec-WebSocket-Protocol: chat", MqV1), 101, MqV1),
        new("1.24", "4.2.2", "a sub-protocol that is not known", Good.With("Sec-WebSocket-Protocol: chat"), 101, NoProtocol),
        new("1.25", "4.2.2", "the sub-protocol in another case", Good.With("Sec-WebSocket-Protocol: MQ.V1"), 101, NoProtocol),
        new("1.26", "9.1", "`permessage-deflate` is offered", Good.With("Sec-WebSocket-Extensions: permessage-deflate"), 101, NoExtension),
        new("1.27", "9.1", "`permessage-deflate` is offered with parameters",
            Good.With(
                "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits; server_no_context_takeover, permessage-deflate"),
            101, NoExtension),
        new("1.28", "9.1", "an extension that nobody knows", Good.With("Sec-WebSocket-Extensions: x-unknown; a=1"), 101, NoExtension),
    ];

    private static IEnumerable<HandshakeCase> Incomplete() =>
    [
        new("1.41", "4.2.1", "no `Upgrade`: an ordinary request", Good.Without("Upgrade"), 404),
        new("1.42", "4.2.1", "`Upgrade` to something else", Good.Instead("Upgrade: h2c"), 404),
        new("1.43", "4.2.1", "no `Connection`", Good.Without("Connection"), 400),
        new("1.44", "4.2.1", "`Connection` without `Upgrade`", Good.Instead("Connection: keep-alive"), 400),
        new("1.45", "4.2.1", "no `Host`", Good.Without("Host"), 400),
        new("1.46", "4.2.1", "no key", Good.Without("Sec-WebSocket-Key"), 400),
        new("1.47", "4.2.1", "an empty key", Good.Instead("Sec-WebSocket-Key:"), 400),
        new("1.48", "4.2.1", "a key of 15 bytes", Good.Instead("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAA"), 400),
        new("1.49", "4.2.1", "a key of 17 bytes", Good.Instead("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAA="), 400),
        new("1.50", "4.2.1", "a key that is not Base64", Good.Instead("Sec-WebSocket-Key: ?hlIHNhbXBsZSBub25jZQ=="), 400),
        new("1.51", "11.3.1", "two keys", Good.With("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="), 400),
        new("1.52", "4.4", "no version", Good.Without("Sec-WebSocket-Version"), 426, VersionWanted),
    ];

    private static IEnumerable<HandshakeCase> Unfit() =>
    [
        new("1.61", "4.4", "version 8", Good.Instead("Sec-WebSocket-Version: 8"), 426, VersionWanted, "Upgrade: websocket"),
        new("1.62", "4.4", "version 0", Good.Instead("Sec-WebSocket-Version: 0"), 426, VersionWanted),
        new("1.63", "4.4", "version 14", Good.Instead("Sec-WebSocket-Version: 14"), 426, VersionWanted),
        new("1.64", "4.4", "version 013", Good.Instead("Sec-WebSocket-Version: 013"), 426, VersionWanted),
        new("1.65", "4.4", "a version that is no number", Good.Instead("Sec-WebSocket-Version: thirteen"), 426, VersionWanted),
        new("1.66", "11.3.5", "two versions", Good.Instead("Sec-WebSocket-Version: 13, 8"), 426, VersionWanted),
        new("1.67", "4.2.1", "`POST`", Good with { Method = "POST" }, 405, "Allow: GET"),
        new("1.68", "4.2.1", "`PUT`", Good with { Method = "PUT" }, 405, "Allow: GET"),
        new("1.69", "4.2.1", "HTTP/1.0", Good with { Version = "HTTP/1.0" }, 400),
        new("1.70", "4.2.1", "a body", Good.With("Content-Length: 5"), 400),
        new("1.71", "4.2.2", "a foreign `Origin`", Good.With("Origin: https://evil.example.com"), 403),
        new("1.72", "4.2.2", "the server's own `Origin`", Good.With($"Origin: http://{HandshakeRequest.Host}"), 101, Sample),
    ];
}
