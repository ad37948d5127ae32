namespace MessageQueue;

/// <summary>
/// The keys and rules for users' own tokens: signed JWTs with claims for what a client may do (docs/tokens.md). They apply as soon as there
/// is a <see cref="Secret"/>, a file in <see cref="KeyFiles"/>, or a <see cref="JwksUrl"/>. A client that presents a JWT is then judged by
/// that alone; <see cref="MessageQueueOptions.AuthorizeConnect"/> and the other delegates decide about clients without one.
/// </summary>
public sealed class TokenOptions
{
    /// <summary>
    /// A secret for tokens that are signed with HS256: at least 32 bytes of UTF-8. Null, the default, for none. It cannot change while the
    /// server runs; a file in <see cref="KeyFiles"/> can.
    /// </summary>
    public string? Secret { get; set; }

    /// <summary>
    /// Files with keys. Each is a JSON Web Key or a set of them; or PEM: public keys or certificates, RSA for RS256 and P-256 for ES256; or
    /// otherwise a secret for HS256, of at least 32 bytes, without the line feed at its end. Default none. A file is read when the server
    /// starts, and again within seconds of a change. If what it holds then is not valid, the keys from before stay, and an error is logged.
    /// </summary>
    public IList<string> KeyFiles { get; private set; } = [];

    /// <summary>
    /// The address of a JSON Web Key Set, such as <c>https://login.example.com/.well-known/jwks.json</c>. Without TLS only on this machine.
    /// Null, the default, for none. It is read when the server starts, every <see cref="JwksRefreshInterval"/>, and at most every 30
    /// seconds when a token names an unknown key. While it cannot be read, the keys from before stay; the time to the next attempt grows
    /// from 1 second to 5 minutes.
    /// </summary>
    public string? JwksUrl { get; set; }

    /// <summary>How often the keys at <see cref="JwksUrl"/> are read again. Default 10 minutes; 1 minute to 1 day.</summary>
    public TimeSpan JwksRefreshInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The claim <c>iss</c> that a token must have. Null, the default, accepts any issuer and none.</summary>
    public string? Issuer { get; set; }

    /// <summary>
    /// The audience that has to be among the claim <c>aud</c> of a token. Null, the default, accepts any and none: set it where the same
    /// keys sign tokens for other services.
    /// </summary>
    public string? Audience { get; set; }

    /// <summary>
    /// The claim that holds what a client may do, a JSON object. Default <c>mq</c>. Some issuers demand a URL as the name of such claims.
    /// </summary>
    public string Claim { get; set; } = "mq";

    /// <summary>
    /// How far the clocks of issuer and server may differ: a token is accepted this much before its <c>nbf</c> and after its <c>exp</c>.
    /// Default 30 s; zero to 1 hour.
    /// </summary>
    public TimeSpan Leeway { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long before the <c>exp</c> of its token a connection is told to send a new one. Default 30 s; zero to 1 hour. With zero it is
    /// told nothing.
    /// </summary>
    public TimeSpan ExpiryNotice { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest token that is accepted, in characters. Default 8,192; 256 to 65,536.</summary>
    public int MaxTokenLength { get; set; } = 8192;

    /// <summary>Whether there is a key, or a place where keys come from.</summary>
    internal bool IsEnabled => Secret is not null || KeyFiles.Count > 0 || JwksUrl is not null;

    internal TokenOptions Clone()
    {
        TokenOptions copy = (TokenOptions)MemberwiseClone();
        copy.KeyFiles = [.. KeyFiles];
        return copy;
    }
}
