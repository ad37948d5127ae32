using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace MessageQueue.Tokens;

/// <summary>
/// Checks the tokens that clients present: the signature first, with a key of the token's algorithm, then who it is for and until when.
/// Thread-safe.
/// </summary>
internal sealed class TokenVerifier : IDisposable
{
    private readonly TokenOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly TokenClaims _claims;
    private readonly IKeySource[] _sources;
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    /// <summary>Reads the keys of files; those of an address begin to be read.</summary>
    /// <param name="options">The options, checked, and not changed any more.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">Gets what is wrong with keys that have changed.</param>
    /// <exception cref="ArgumentException">A key cannot be used; the message names the option.</exception>
    public TokenVerifier(TokenOptions options, TimeProvider timeProvider, ILogger logger)
    {
        _options = options;
        _timeProvider = timeProvider;
        _claims = new TokenClaims(options.Claim);
        _sources = [.. KeySources.Open(options, timeProvider, logger)];
        foreach (IKeySource source in _sources)
        {
            _ = Task.Run(() => source.GetAsync(isMissing: false).AsTask());
        }
    }

    /// <summary>How long before the end of its token a connection is told; zero for never.</summary>
    public TimeSpan ExpiryNotice => _options.ExpiryNotice;

    /// <summary>How long after its <c>exp</c> a token is still valid.</summary>
    public TimeSpan Leeway => _options.Leeway;

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider => _timeProvider;

    /// <summary>
    /// Whether a token looks like a JWT, so that it is one or nothing. Any other, such as a password, is for the app to judge. The header
    /// of a JWT is a JSON object in base64url, so it begins with these letters.
    /// </summary>
    public static bool IsJwt([NotNullWhen(true)] string? token) =>
        token is not null && token.StartsWith("ey", StringComparison.Ordinal) && token.Contains('.');

    /// <summary>Checks a token. Does not throw because of what the token is.</summary>
    public async ValueTask<TokenResult> VerifyAsync(string token)
    {
        if (token.Length > _options.MaxTokenLength)
        {
            return TokenError.TooLong(_options.MaxTokenLength);
        }

        if (!TryParse(token, out JsonWebToken? jwt))
        {
            return TokenError.Malformed;
        }

        if (!TokenAlgorithms.Has(jwt.Alg) || jwt.TryGetHeaderValue("crit", out object _))
        {
            return TokenError.WrongAlgorithm;
        }

        IReadOnlyList<TokenKey>?[] keys = await ReadKeysAsync(isMissing: false).ConfigureAwait(false);
        TokenError? error = await CheckSignatureAsync(jwt, keys).ConfigureAwait(false);
        if (error is { Kind: TokenErrorKind.Invalid })
        {
            // The keys may have changed since they were read.
            IReadOnlyList<TokenKey>?[] changed = await ReadKeysAsync(isMissing: true).ConfigureAwait(false);
            error = changed.SequenceEqual(keys) ? error : await CheckSignatureAsync(jwt, changed).ConfigureAwait(false);
        }

        try
        {
            return error is null ? Check(jwt) : error;
        }
        catch (Exception exception)
            when (exception is ArgumentException or SecurityTokenException or FormatException or InvalidCastException)
        {
            // A claim that the library reads has another type than it should have.
            return TokenError.WrongClaims;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (IDisposable source in _sources.OfType<IDisposable>())
        {
            source.Dispose();
        }
    }

    private static bool TryParse(string token, [NotNullWhen(true)] out JsonWebToken? jwt)
    {
        jwt = null;
        try
        {
            // An encrypted token has five parts.
            jwt = token.AsSpan().Count('.') == 2 ? new JsonWebToken(token) : null;
            return jwt is not null;
        }
        catch (Exception exception) when (exception is ArgumentException or SecurityTokenException or FormatException)
        {
            return false;
        }
    }

    private async ValueTask<TokenError?> CheckSignatureAsync(JsonWebToken jwt, IReadOnlyList<TokenKey>?[] keys)
    {
        string? id = string.IsNullOrEmpty(jwt.Kid) ? null : jwt.Kid;
        bool hasFitting = false;
        foreach (TokenKey key in keys.SelectMany(static known => known ?? []).Where(key => key.Fits(jwt.Alg, id)))
        {
            hasFitting = true;
            TokenValidationParameters parameters = new()
            {
                // The resolver, and not the key alone: the library would look for a key of the token's kid.
                IssuerSigningKeyResolver = (_, _, _, _) => [key.Key],
                ValidAlgorithms = [key.Algorithm],
                ValidateIssuer = false,
                ValidateAudience = false,
                ValidateLifetime = false,
                LogValidationExceptions = false,
            };
            TokenValidationResult result = await _handler.ValidateTokenAsync(jwt, parameters).ConfigureAwait(false);
            if (result.IsValid)
            {
                return null;
            }
        }

        return keys.Contains(null) ? TokenError.Unavailable : hasFitting ? TokenError.WrongSignature : TokenError.UnknownKey;
    }

    private async ValueTask<IReadOnlyList<TokenKey>?[]> ReadKeysAsync(bool isMissing)
    {
        IReadOnlyList<TokenKey>?[] keys = new IReadOnlyList<TokenKey>?[_sources.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = await _sources[i].GetAsync(isMissing).ConfigureAwait(false);
        }

        return keys;
    }

    private TokenResult Check(JsonWebToken jwt)
    {
        if (_options.Issuer is { } issuer && jwt.Issuer != issuer)
        {
            return TokenError.WrongIssuer;
        }

        if (_options.Audience is { } audience && !jwt.Audiences.Contains(audience, StringComparer.Ordinal))
        {
            return TokenError.WrongAudience;
        }

        // Absent is the smallest date.
        DateTimeOffset now = _timeProvider.GetUtcNow();
        DateTimeOffset expires = jwt.ValidTo;
        if (jwt.ValidTo == DateTime.MinValue)
        {
            return TokenError.NoExpiry;
        }

        if (expires <= now - _options.Leeway)
        {
            return TokenError.Expired;
        }

        if (jwt.ValidFrom > (now + _options.Leeway).UtcDateTime)
        {
            return TokenError.NotYetValid;
        }

        TokenGrant? grant = _claims.Read(jwt, expires, out TokenError? error);
        return grant is null ? error! : grant;
    }
}
