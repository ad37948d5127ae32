namespace MessageQueue.Tokens;

/// <summary>What came of checking a token: what it allows, or why it is refused. Exactly one is not null.</summary>
internal readonly record struct TokenResult(TokenGrant? Grant, TokenError? Error)
{
    public static implicit operator TokenResult(TokenGrant grant) => new(grant, null);

    public static implicit operator TokenResult(TokenError error) => new(null, error);
}
