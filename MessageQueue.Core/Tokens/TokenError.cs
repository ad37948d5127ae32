namespace MessageQueue.Tokens;

/// <summary>Why a token is refused. The text is for a person, and holds nothing of the token.</summary>
/// <param name="Kind">The kind of error.</param>
/// <param name="Text">What is wrong, as part of a sentence.</param>
internal sealed record TokenError(TokenErrorKind Kind, string Text)
{
    public static readonly TokenError Expired = new(TokenErrorKind.Expired, "the token has expired");

    public static readonly TokenError Unavailable = new(
        TokenErrorKind.Unavailable, "the keys of tokens cannot be read now; try again later");

    public static readonly TokenError Malformed = Invalid("the token is not a signed JWT");

    public static readonly TokenError WrongAlgorithm = Invalid($"the token is not signed with {TokenAlgorithms.All}");

    public static readonly TokenError UnknownKey = Invalid(
        "the token is signed with an unknown key, or with another algorithm than the key's");

    public static readonly TokenError WrongSignature = Invalid("the token's signature is wrong");

    public static readonly TokenError WrongIssuer = Invalid("the token is from another issuer");

    public static readonly TokenError WrongAudience = Invalid("the token is for another audience");

    public static readonly TokenError WrongClaims = Invalid("one of the token's claims exp, nbf, iss, aud and sub has the wrong type");

    public static readonly TokenError NoExpiry = Invalid("the token has no exp");

    public static readonly TokenError NotYetValid = Invalid("the token is not valid yet");

    public static readonly TokenError WrongNamespace = Invalid("the token does not allow this namespace");

    public static readonly TokenError WrongSession = Invalid("the token does not allow this session");

    public static readonly TokenError NoSession = Invalid(
        "the token does not allow to publish without a session; name one that it allows");

    public static readonly TokenError OtherUser = Invalid("the token is of another user than the one before");

    public static readonly TokenError NoOperator = Invalid("the token does not allow this operation");

    /// <summary>Returns the error for a token that is longer than allowed.</summary>
    public static TokenError TooLong(int limit) => Invalid($"the token is longer than {limit} characters");

    /// <summary>Returns the error for a claim of the wrong type.</summary>
    public static TokenError WrongClaim(string name, string expected) => Invalid($"the token's claim {name} has to be {expected}");

    private static TokenError Invalid(string text) => new(TokenErrorKind.Invalid, text);
}
