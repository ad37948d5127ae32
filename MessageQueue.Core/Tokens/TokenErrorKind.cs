namespace MessageQueue.Tokens;

/// <summary>What a client can do about a token that is refused.</summary>
internal enum TokenErrorKind
{
    /// <summary>Nothing: another token like it is refused too.</summary>
    Invalid,

    /// <summary>Get a new one.</summary>
    Expired,

    /// <summary>Try again later.</summary>
    Unavailable,
}
